import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { TestEngineFailedError } from './errors.js';

/** An embedded engine in a process of its own. */
export interface EmbeddedProcess {
  readonly url: string;
  /** Writes the data to a file, from which another engine can start. */
  snapshot(file: string): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Starts an engine. `snapshot` is the path of a file with data to start from.
 *
 * @throws TestEngineFailedError
 */
export async function startEmbeddedProcess(snapshot?: string): Promise<EmbeddedProcess> {
  const child = spawn(
    process.execPath,
    [...script(), ...(snapshot === undefined ? [] : [snapshot])],
    {
      stdio: ['pipe', 'pipe', 'pipe'],
    },
  );
  let complaints = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaints += text));
  // Writing fails when the process has ended by itself.
  child.stdin.on('error', () => undefined);
  const exited = once(child, 'exit');
  const lines = createInterface({ input: child.stdout });
  const nextLine = async (): Promise<string> => {
    const first = await Promise.race([once(lines, 'line'), exited.then(() => undefined)]);
    if (first === undefined) throw new TestEngineFailedError(complaints);
    return first[0] as string;
  };
  const address = await nextLine();
  // So the test run can end without `stop()`, and the engine ends with it.
  for (const stream of [child.stdin, child.stdout, child.stderr]) (stream as Socket).unref();
  child.unref();
  return {
    url: `postgres://postgres@${address}/postgres`,
    async snapshot(file) {
      (child.stdout as Socket).ref();
      child.stdin.write(`${file}\n`);
      await nextLine();
    },
    async stop() {
      child.ref();
      child.stdin.end();
      await exited;
    },
  };
}

/** Node's arguments for the script beside this file: JavaScript if this file is compiled, else TypeScript. */
function script(): string[] {
  const isCompiled = !import.meta.url.endsWith('.ts');
  const file = fileURLToPath(
    new URL(`./embedded-server.${isCompiled ? 'js' : 'ts'}`, import.meta.url),
  );
  const loader = new URL('../../tools/typescript/register.mjs', import.meta.url);
  return isCompiled ? [file] : ['--import', loader.href, file];
}
