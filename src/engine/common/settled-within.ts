/** Waits until one of the promises is settled, but no longer than `limitMs`. */
export async function settledWithin(
  limitMs: number,
  promises: readonly Promise<unknown>[],
): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<void>((resolve) => (timer = setTimeout(resolve, limitMs).unref()));
  await Promise.race([limit, ...promises.map((promise) => promise.catch(() => undefined))]);
  clearTimeout(timer);
}
