/** A task that waits in a `CrossingQueue`. */
type Task = () => Promise<unknown>;

/**
 * A queue that all requests share, as p-queue has it when it limits how many tasks begin in a time: each task is
 * started by the turn of the one before, and so in the async context of whoever came first.
 */
export class CrossingQueue {
  private readonly waiting: (() => void)[] = [];
  private isRunning = false;

  add(task: Task): Promise<void> {
    return new Promise((resolve, reject) => {
      this.waiting.push(() => void task().then(() => resolve(), reject));
      if (!this.isRunning) this.startNext();
    });
  }

  private startNext(): void {
    const start = this.waiting.shift();
    this.isRunning = start !== undefined;
    if (start === undefined) return;
    start();
    setTimeout(() => this.startNext(), 1);
  }
}

/**
 * A batcher that all requests share: the first that has something for it starts its timer, and that goes on for
 * everybody, in the async context of that first one, until it is stopped.
 */
export class Batcher {
  private waiting: (() => void)[] = [];
  private timer: NodeJS.Timeout | undefined;

  /** @param around what the timer is started in */
  constructor(private readonly around: (start: () => void) => void = (start) => start()) {}

  add(task: Task): Promise<void> {
    if (this.timer === undefined) {
      this.around(() => (this.timer = setInterval(() => this.flush(), 3)));
    }
    return new Promise((resolve, reject) => {
      this.waiting.push(() => void task().then(() => resolve(), reject));
    });
  }

  stop(): void {
    clearInterval(this.timer);
    this.timer = undefined;
  }

  private flush(): void {
    const batch = this.waiting;
    this.waiting = [];
    for (const start of batch) start();
  }
}
