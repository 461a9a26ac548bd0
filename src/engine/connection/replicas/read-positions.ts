import { currentAttribution, currentOccasion, Occasion } from '../../actor/actor-context.js';
import type { Actor } from '../../actor/actor.js';
import { beyondAll, type WalPosition } from './wal-position.js';

/** How far replicas must be for the reads of somebody who wrote. */
export class Mark {
  /** Not known while it is being asked for. */
  private unknown = 0;

  constructor(private known: WalPosition = 0n) {}

  get position(): WalPosition {
    return this.unknown > 0 ? beyondAll : this.known;
  }

  raise(position: WalPosition): void {
    if (position > this.known) this.known = position;
  }

  /** Until `position` resolves, no replica is far enough. */
  async raiseLater(position: Promise<WalPosition>): Promise<void> {
    this.unknown++;
    try {
      this.raise(await position);
    } finally {
      this.unknown--;
    }
  }
}

/** How many actors are remembered one by one. */
const mostActors = 10_000;

/**
 * Remembers where the log of the primary was after the last commit of each actor and in each request, so that
 * their reads go to no replica that has not replayed it.
 */
export class ReadPositions {
  /** In the order of their last writes. */
  private readonly ofActors = new Map<string, Mark>();
  private readonly ofRequests = new WeakMap<object, Mark>();
  /** The mark of all actors who are not remembered one by one any more. */
  private readonly ofOthers = new Mark();

  /** Where replicas must be for the reads of the running code; undefined for anywhere. */
  get required(): WalPosition | undefined {
    const request = requestHere();
    const marks = actorsHere().map((actor) => this.ofActors.get(actor) ?? this.ofOthers);
    const ofRequest = request && this.ofRequests.get(request);
    if (ofRequest !== undefined) marks.push(ofRequest);
    const positions = marks.map(({ position }) => position);
    const required = positions.reduce((most, position) => (position > most ? position : most), 0n);
    return required === 0n ? undefined : required;
  }

  /** The marks of the running code, which a write of it is to raise. */
  get marksHere(): Mark[] {
    const marks = actorsHere().map((actor) => this.markOf(actor));
    const ofRequest = this.markOfRequest;
    return ofRequest === undefined ? marks : [...marks, ofRequest];
  }

  /** The mark of the request, message or event that the running code belongs to; undefined for none. */
  get markOfRequest(): Mark | undefined {
    const request = requestHere();
    if (request === undefined) return undefined;
    const mark = this.ofRequests.get(request) ?? new Mark();
    this.ofRequests.set(request, mark);
    return mark;
  }

  private markOf(actor: string): Mark {
    const mark = this.ofActors.get(actor) ?? new Mark(this.ofOthers.position);
    this.ofActors.delete(actor);
    this.ofActors.set(actor, mark);
    if (this.ofActors.size > mostActors) {
      const [oldest, last] = this.ofActors.entries().next().value!;
      this.ofActors.delete(oldest);
      this.ofOthers.raise(last.position);
    }
    return mark;
  }
}

/** What identifies the request of the running code, before, in and after its handler. */
function requestHere(): object | undefined {
  const occasion = currentOccasion();
  return occasion instanceof Occasion ? occasion.origin : occasion;
}

/** The actor of the running code, and that of the request that it belongs to. */
function actorsHere(): string[] {
  const actors = [currentAttribution()?.actor, currentOccasion()?.attribution.actor];
  return [...new Set(actors.flatMap((actor) => (actor === undefined ? [] : keysOf(actor))))];
}

/** What somebody who acts on behalf of a user writes is also that user's. */
function keysOf(actor: Actor): string[] {
  const own = 'userId' in actor ? `user ${actor.userId}` : `name ${actor.name}`;
  return actor.onBehalfOf === undefined ? [own] : [own, `user ${actor.onBehalfOf.userId}`];
}
