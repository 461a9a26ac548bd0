import { readFile } from 'node:fs/promises';
import { EmbeddedEngine } from '../../src/embedded/embedded-engine.js';
import { standardInputClosed } from './standard-input.js';

/**
 * Runs an embedded engine in memory, from the snapshot given on the command line, and prints where it
 * listens. Ends when its standard input closes.
 */
const snapshot = new Uint8Array(await readFile(process.argv[2]!));
const engine = await EmbeddedEngine.startInMemory(snapshot);
process.stdout.write(`${engine.host}:${engine.port}\n`);
await standardInputClosed();
// Nothing is worth saving: the engine goes with its process.
process.exit();
