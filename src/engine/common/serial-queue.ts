/** Runs async functions one after another, in the order in which they were added. */
export class SerialQueue {
  private readonly places: Place[] = [];

  // `await` instead of `then()`: V8 follows it, so that the stack of an error includes the caller.
  async run<T>(work: () => Promise<T>): Promise<T> {
    const place = this.enter();
    try {
      // Where nobody is before it, it need not wait: each promise takes time in every statement.
      if (!place.isFirst) await place.turn;
      return await work();
    } finally {
      place.leave();
    }
  }

  /**
   * Joins the end of the queue. The caller may work once `turn` resolves, and must then call `leave()`, also
   * when it gives up earlier.
   */
  enter(): Place {
    const place = new Place(() => this.remove(place));
    this.places.push(place);
    if (this.places.length === 1) place.call();
    return place;
  }

  private remove(place: Place): void {
    const index = this.places.indexOf(place);
    if (index === -1) return;
    this.places.splice(index, 1);
    if (index === 0) this.places[0]?.call();
  }
}

/** A place in the queue. */
export class Place {
  isFirst = false;
  private waiting: Promise<void> | undefined;
  private resolve: (() => void) | undefined;

  constructor(readonly leave: () => void) {}

  /** Resolves when this place is the first in the queue. */
  get turn(): Promise<void> {
    if (this.isFirst) return Promise.resolve();
    return (this.waiting ??= new Promise((resolve) => (this.resolve = resolve)));
  }

  call(): void {
    this.isFirst = true;
    this.resolve?.();
  }
}
