import { createContextStorage } from '../common/context-storage.js';
import { SerialQueue } from '../common/serial-queue.js';

/**
 * What a running statement waits for: TypeORM's subscribers. Their own statements on the connection come at
 * once. Behind the running statement they would wait for it, and it for them.
 */
export class Turn {
  readonly line = new SerialQueue();
  private isOpen = true;

  private constructor(
    private readonly connection: object,
    private readonly outer: Turn | undefined,
  ) {}

  static open(connection: object): Turn {
    return new Turn(connection, storage.getStore());
  }

  /** The turn that the running code is part of, on this connection. */
  static current(connection: object): Turn | undefined {
    for (let turn = storage.getStore(); turn !== undefined; turn = turn.outer) {
      if (turn.isOpen && turn.connection === connection) return turn;
    }
    return undefined;
  }

  run<T>(work: () => T): T {
    return storage.run(this, work);
  }

  /** What is left of the work takes its place in the connection's line from now on. */
  close(): void {
    this.isOpen = false;
  }
}

const storage = createContextStorage<Turn>();

/** Runs `work` in a turn of its own, which ends with it. */
export async function inTurnOf<T>(connection: object, work: () => Promise<T>): Promise<T> {
  const turn = Turn.open(connection);
  try {
    return await turn.run(work);
  } finally {
    turn.close();
  }
}
