import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Finding } from '../figure.js';
import type { Row } from '../row.js';

const script = fileURLToPath(new URL('./row.ts', import.meta.url));

/**
 * Runs a row in a separate process. Otherwise the memory and the compiled code of the rows before it would
 * make a search slower by a third and more.
 */
export async function runRow({ number }: Row, quick: boolean): Promise<Finding> {
  const child = fork(script, [String(number), quick ? 'quick' : 'full'], {
    // JSON has no infinity, which is the ratio to a process that did not grow.
    serialization: 'advanced',
  });
  let finding: Finding | undefined;
  child.on('message', (message) => (finding = message as Finding));
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0 || finding === undefined) throw new Error(`Row ${number} failed; see above.`);
  return finding;
}
