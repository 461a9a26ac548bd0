import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Retries `work` until it succeeds. The pause between attempts is 250 ms, and doubles each time up to 5 s.
 *
 * @throws the last failure, when no attempts are left or `mayRecover` returns false
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
