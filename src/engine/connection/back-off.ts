import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Tries until it succeeds, with a pause of 250 ms that doubles after each failure, up to 5 s.
 *
 * @throws the last failure, when the attempts are used up or `mayRecover` denies hope
 */
export async function withBackOff<T>(
  attempts: number,
  work: () => Promise<T>,
  mayRecover: (error: Error) => boolean,
  onRetry: (error: Error, attempt: number, pauseMs: number) => void,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (attempt >= attempts || !mayRecover(error as Error)) throw error;
      const pause = Math.min(250 * 2 ** (attempt - 1), 5000);
      onRetry(error as Error, attempt, pause);
      await sleep(pause);
    }
  }
}
