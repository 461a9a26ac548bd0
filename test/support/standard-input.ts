import { once } from 'node:events';

/** Waits until the parent closes this process's standard input, or dies. */
export async function standardInputClosed(): Promise<void> {
  process.stdin.resume();
  await Promise.race([once(process.stdin, 'end'), once(process.stdin, 'close')]);
}
