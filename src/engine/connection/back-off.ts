import { setTimeout as sleep } from 'node:timers/promises';

/** How long to wait for a server after a failed attempt, 1 and up: 250 ms, doubled each time, up to 5 s. */
export function pauseForServer(attempt: number): number {
  return Math.min(250 * 2 ** (attempt - 1), 5000);
}

/**
 * Retries `work` until it succeeds.
 *
 * @throws the last failure, when no attempts are left or `mayRecover` returns false
 */
export async function withBackOff<T>(
  attempts: number,
  work: () => Promise<T>,
  mayRecover: (error: Error) => boolean,
  onRetry: (error: Error, attempt: number, pauseMs: number) => void | Promise<void>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (attempt >= attempts || !mayRecover(error as Error)) throw error;
      const pause = pauseForServer(attempt);
      await onRetry(error as Error, attempt, pause);
      await sleep(pause);
    }
  }
}
