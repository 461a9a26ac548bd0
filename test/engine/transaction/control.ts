/** A promise that a test resolves when it is time. */
export class Signal<T = void> {
  readonly given: Promise<T>;
  give!: (value: T) => void;

  constructor() {
    this.given = new Promise((resolve) => (this.give = resolve));
  }
}

/** Waits until `condition` holds. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  patienceMs = 5000,
): Promise<void> {
  const deadline = performance.now() + patienceMs;
  while (!(await condition())) {
    if (performance.now() > deadline)
      throw new Error(`not so within ${patienceMs} ms: ${condition.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
