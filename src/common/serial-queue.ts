/** Runs pieces of work one after another, in the order in which they came. */
export class SerialQueue {
  private last: Promise<unknown> = Promise.resolve();

  run<T>(work: () => Promise<T>): Promise<T> {
    const result = this.last.then(work);
    // A failure is its caller's affair; the next in line starts all the same.
    this.last = result.catch(() => undefined);
    return result;
  }
}
