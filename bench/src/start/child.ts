import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Runs a script of this folder in a separate process, and returns the JSON that it prints. */
export async function inOwnProcess<Answer>(script: string, args: string[]): Promise<Answer> {
  const path = fileURLToPath(new URL(script, import.meta.url));
  // NODE_OPTIONS is empty, because otherwise the TypeScript loader would be measured too.
  const { stdout } = await run(process.execPath, ['--expose-gc', path, ...args], {
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  return JSON.parse(stdout) as Answer;
}
