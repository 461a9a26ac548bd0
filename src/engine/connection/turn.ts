import { createContextStorage } from '../common/context-storage.js';
import { SerialQueue } from '../common/serial-queue.js';

/**
 * The time in which a running statement waits for TypeORM's subscribers. Statements that subscribers send on
 * the same connection run at once: queued behind the running statement, they would wait for it while it waits
 * for them.
 */
export class Turn {
  readonly queue = new SerialQueue();
  private isOpen = true;

  private constructor(
    private readonly connection: object,
    private readonly outer: Turn | undefined,
  ) {}

  static open(connection: object): Turn {
    return new Turn(connection, storage.getStore());
  }

  /** The open turn on this connection that the running code is part of. */
  static current(connection: object): Turn | undefined {
    for (let turn = storage.getStore(); turn !== undefined; turn = turn.outer) {
      if (turn.isOpen && turn.connection === connection) return turn;
    }
    return undefined;
  }

  run<T>(work: () => T): T {
    return storage.run(this, work);
  }

  /** Ends the turn. Later statements of its code queue like all others. */
  close(): void {
    this.isOpen = false;
  }
}

const storage = createContextStorage<Turn>();

/** Runs `work` in a new turn that ends with it. */
export async function inTurnOf<T>(connection: object, work: () => Promise<T>): Promise<T> {
  const turn = Turn.open(connection);
  try {
    return await turn.run(work);
  } finally {
    turn.close();
  }
}
