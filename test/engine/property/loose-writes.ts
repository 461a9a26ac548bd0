import { AsyncLocalStorage } from 'node:async_hooks';
import { ActorContext, type DatabaseDataSource } from '@singr/database';
import { Batcher, CrossingQueue } from './crossing.js';

/** A request as whoever sent it knows it. */
export interface Around {
  /** Who sent it. */
  readonly writer: string;
  /** Its transaction has ended, and its response is there. */
  isOver: boolean;
  /** Its transaction was rolled back or may have been, or a nested one of it. */
  mayBeUndone: boolean;
  /** How many writes of others began in its context. */
  guests: number;
}

interface Place {
  readonly request: Around;
  /** Whom `ActorContext.run()` names there, which goes for whatever its code starts, however late. */
  readonly said: string | undefined;
}

const storage = new AsyncLocalStorage<Place>();

/** Marks what `work` does as that of a request, as Node carries it along. */
export function inRequest<T>(request: Around, work: () => T): T {
  return storage.run({ request, said: undefined }, work);
}

/** Marks what `work` does as that of somebody whom its code names. */
export function saying<T>(writer: string, work: () => T): T {
  return storage.run({ request: storage.getStore()!.request, said: writer }, work);
}

/** A write that no request waits for, in the context of whichever request it comes to run in. */
interface LooseWrite {
  readonly slug: string;
  /** Whose context it ran in; undefined is nobody's. */
  readonly place: Place | undefined;
  /** Whether that request was over when the write began. */
  readonly wasOver: boolean;
  error?: Error & { code?: string };
}

export interface LooseRow {
  readonly slug: string;
  readonly writer: string | null;
}

/** Ways in which a write comes to run in the context of another request. */
export const crossings = ['queue', 'batcher', 'batcher outside'] as const;
export type Crossing = (typeof crossings)[number];

/** Slugs begin with it, so that the trail of the requests' own writes goes without these. */
export const loosePrefix = 'loose-';

let count = 0;

/** Objects that all requests of an application share, and a record of the writes through them. */
export class LooseWrites {
  private readonly queue = new CrossingQueue();
  private readonly batcher = new Batcher();
  private readonly batcherOutside = new Batcher((start) =>
    storage.exit(() => ActorContext.exit(start)),
  );
  private writes: LooseWrite[] = [];
  private underWay: Promise<void>[] = [];

  /** Runs `task` by way of what is shared, in the context of whoever is there at the time. */
  add(crossing: Crossing, task: () => Promise<unknown>): Promise<void> {
    switch (crossing) {
      case 'queue':
        return this.queue.add(task);
      case 'batcher':
        return this.batcher.add(task);
      case 'batcher outside':
        return this.batcherOutside.add(task);
    }
  }

  /** Has a row inserted by way of what is shared; nobody waits for it. */
  insert(crossing: Crossing, dataSource: DatabaseDataSource): void {
    const slug = `${loosePrefix}${++count}`;
    const work = this.add(crossing, async () => {
      const place = storage.getStore();
      const write: LooseWrite = { slug, place, wasOver: place?.request.isOver ?? true };
      if (place !== undefined) place.request.guests++;
      this.writes.push(write);
      await dataSource
        .query('INSERT INTO roles (slug) VALUES ($1)', [slug])
        .catch((error: Error) => (write.error = error));
    });
    this.underWay.push(work);
  }

  /** Waits until everything that was added has been written. What comes later finds no timer that runs. */
  async settle(): Promise<void> {
    await Promise.all(this.underWay.splice(0));
    this.batcher.stop();
    this.batcherOutside.stop();
  }

  /**
   * Holds what was written against the trail. A write in the context of a request that is over stands for itself,
   * under nobody's name; one in that of a request under way is part of it, as async context has it.
   */
  judge(rows: readonly LooseRow[]): { outside: number; joined: number } {
    const counts = { outside: 0, joined: 0 };
    const writers = new Map(rows.map(({ slug, writer }) => [slug, writer]));
    for (const write of this.writes.splice(0)) {
      counts[write.wasOver ? 'outside' : 'joined']++;
      expect(possible(write)).toContainEqual({
        slug: write.slug,
        writer: writers.get(write.slug),
        error: write.error?.message,
      });
      writers.delete(write.slug);
    }
    expect([...writers.keys()]).toEqual([]);
    return counts;
  }
}

/** The possible outcomes of a write. A request may end between the start of the write and its statement. */
function possible({ slug, place, wasOver, error }: LooseWrite): object[] {
  const nobodys = { slug, writer: place?.said ?? null, error: undefined };
  if (place === undefined || wasOver) return [nobodys];
  const { said, request } = place;
  const undone = { slug, writer: undefined, error: error?.message };
  return [
    nobodys,
    { slug, writer: said ?? request.writer, error: undefined },
    ...(request.mayBeUndone && (error === undefined || error.code === 'TRANSACTION_ENDED')
      ? [undone]
      : []),
  ];
}
