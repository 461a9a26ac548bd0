import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { Logger } from '@nestjs/common';
import { DatabaseDataSource, dataSourceOptions, resolveDatabaseConfig } from '../../src/index.js';
import { findHolder } from '../../src/engine/embedded/data-directory-lock.js';
import { standardInputClosed } from './standard-input.js';

/**
 * An application whose embedded engine dies, in the folder and in the way that the command line gives.
 * Prints what became of it: one line of JSON.
 */
const logged: unknown[] = [];
Logger.overrideLogger({
  log: () => undefined,
  warn: () => undefined,
  error: (message: unknown) => logged.push(message),
});
const [dataDir, death] = process.argv.slice(2) as [string, keyof typeof deaths];

const deaths = {
  /** As when it runs out of memory. */
  'its thread ends': (thread: Worker) => void thread.terminate(),
  /** PostgreSQL ends the backend that gets one, and the engine has no other. */
  'a malformed message': () => {
    const { port } = findHolder(dataDir)!;
    const socket = connect(port!, '127.0.0.1').on('error', () => undefined);
    socket.write(Buffer.from([0, 0, 0, 8, 0, 3, 0, 0]));
  },
};

const threads: Worker[] = [];
process.on('worker', (thread: Worker) => threads.push(thread));
const dataSource = new DatabaseDataSource(
  dataSourceOptions(resolveDatabaseConfig({ embedded: { dataDir } }, {})),
);
await dataSource.initialize();
await dataSource.query('SELECT 1');
const ended = new Promise((resolve) => threads[0]!.once('exit', resolve));
deaths[death](threads[0]!);
await ended;

const failed = await Promise.race([
  dataSource.query('SELECT 1').catch(({ code, message }) => ({ code, message })),
  sleep(2000, 'nothing'),
]);
const stopped = await Promise.race([dataSource.destroy().then(() => true), sleep(2000, false)]);
const isHeld = findHolder(dataDir) !== undefined;
process.stdout.write(`${JSON.stringify({ failed, logged, stopped, isHeld })}\n`);
await standardInputClosed();
process.exit();
