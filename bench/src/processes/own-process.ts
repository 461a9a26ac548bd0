import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Contender } from '../measure.js';

/** A contender that runs in a separate process. */
export interface Running {
  run: Contender;
  close(): Promise<unknown>;
}

/** Starts a contender on a database. `count` is the amount of work in a round. */
export type Start = (url: string, count: number) => Promise<Running>;

export interface Contenders<Name extends string> {
  readonly each: Record<Name, Contender>;
  stop(): Promise<void>;
}

const host = fileURLToPath(new URL('./host.ts', import.meta.url));

/**
 * Runs each contender of a module in a separate process, so that none slows down another. For example, the
 * module's AsyncLocalStorage makes every promise of its process slower.
 */
export async function inOwnProcesses<Name extends string>(
  module: URL,
  names: readonly Name[],
  url: string,
  count: number,
): Promise<Contenders<Name>> {
  const children: ChildProcess[] = [];
  const each = {} as Record<Name, Contender>;
  for (const name of names) {
    const child = fork(host, [module.href, name, url, String(count)]);
    children.push(child);
    await answer(child, name);
    each[name] = async () => {
      child.send('run');
      return (await answer(child, name)) as number;
    };
  }
  return {
    each,
    async stop() {
      for (const child of children) {
        child.send('stop');
        await once(child, 'exit');
      }
    },
  };
}

async function answer(child: ChildProcess, name: string): Promise<unknown> {
  const gone = new AbortController();
  try {
    return await Promise.race([
      once(child, 'message', { signal: gone.signal }).then(([message]) => message as unknown),
      once(child, 'exit', { signal: gone.signal }).then(() => {
        throw new Error(`The process of the contender "${name}" has ended.`);
      }),
    ]);
  } finally {
    gone.abort();
  }
}
