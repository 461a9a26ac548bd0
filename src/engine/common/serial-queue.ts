/** Runs pieces of work one after another, in the order in which they came. */
export class SerialQueue {
  private readonly places: Place[] = [];

  // `await` rather than `then()`: V8 follows it, so that an error's stack goes on to the caller.
  async run<T>(work: () => Promise<T>): Promise<T> {
    const place = this.enter();
    try {
      await place.turn;
      return await work();
    } finally {
      place.leave();
    }
  }

  /** Takes the last place. Its work may run from `turn` on; then, or when it gives up, it has to leave. */
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
    // A failure is its caller's affair; the next in line starts all the same.
    if (index === 0) this.places[0]?.call();
  }
}

/** A place in the queue. */
export class Place {
  /** Resolves when it is first. */
  readonly turn: Promise<void>;
  isFirst = false;
  private resolve!: () => void;

  constructor(readonly leave: () => void) {
    this.turn = new Promise((resolve) => (this.resolve = resolve));
  }

  call(): void {
    this.isFirst = true;
    this.resolve();
  }
}
