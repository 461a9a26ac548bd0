import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Runs a script of this folder in a process of its own; what it prints is JSON. */
export async function inOwnProcess<Answer>(script: string, args: string[]): Promise<Answer> {
  const path = fileURLToPath(new URL(script, import.meta.url));
  // Without what this process was started with: the loader of TypeScript would be measured too.
  const { stdout } = await run(process.execPath, ['--expose-gc', path, ...args], {
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  return JSON.parse(stdout) as Answer;
}
