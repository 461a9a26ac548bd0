import { writeFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { EmbeddedEngine } from '../engine/embedded/embedded-engine.js';

/**
 * An embedded engine in memory, in a process of its own: a test runner's sandbox cannot load it, and its
 * memory goes with the process. It starts from the snapshot given on the command line, if one is, and
 * prints where it listens. A line on standard input is a file to write a snapshot to. It ends when
 * standard input does, and so also when its parent dies, however it dies.
 */
const [from] = process.argv.slice(2);
const engine = await EmbeddedEngine.startInMemory(from);
process.stdout.write(`${engine.host}:${engine.port}\n`);
for await (const file of createInterface({ input: process.stdin })) {
  await writeFile(file, await engine.snapshot());
  process.stdout.write('written\n');
}
// Nothing is worth saving.
process.exit();
