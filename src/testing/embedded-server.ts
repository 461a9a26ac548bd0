import { writeFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { EmbeddedEngine } from '../engine/embedded/embedded-engine.js';

/**
 * Runs an embedded engine in memory, in a process of its own. A test runner's sandbox cannot load the engine,
 * and the end of the process frees its memory.
 *
 * The engine starts from the snapshot on the command line, if there is one, and prints its address. Each line
 * on standard input is the path of a file to write a snapshot to. The process ends at the end of standard
 * input, and so also when its parent process ends.
 */
const [from] = process.argv.slice(2);
const engine = await EmbeddedEngine.startInMemory(from);
process.stdout.write(`${engine.host}:${engine.port}\n`);
for await (const file of createInterface({ input: process.stdin })) {
  await writeFile(file, await engine.snapshot());
  process.stdout.write('written\n');
}
// The data is not needed any more, so the engine is not stopped properly.
process.exit();
