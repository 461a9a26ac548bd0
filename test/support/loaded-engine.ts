import { register } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';
import { MessageChannel } from 'node:worker_threads';
import { standardInputClosed } from './standard-input.js';
import { countThreads } from './threads.js';

/**
 * Loads the package and connects to what the JSON on the command line says, and prints which modules of
 * the embedded engine that loaded, and how many threads it started.
 */
const hook = `
  let port;
  export function initialize(data) { port = data.port; }
  export async function resolve(specifier, context, next) {
    if (/pglite|engine\\.worker/.test(specifier)) port.postMessage(specifier);
    return next(specifier, context);
  }`;
const { port1, port2 } = new MessageChannel();
const modules: string[] = [];
port1.on('message', (specifier: string) => modules.push(specifier)).unref();
register(`data:text/javascript,${encodeURIComponent(hook)}`, {
  data: { port: port2 },
  transferList: [port2],
});

const { DatabaseDataSource, dataSourceOptions, resolveDatabaseConfig } =
  await import('../../src/index.js');
const { Logger } = await import('@nestjs/common');
Logger.overrideLogger(false);
const threadsBefore = countThreads();
const config = resolveDatabaseConfig(JSON.parse(process.argv[2]!), {});
const dataSource = await new DatabaseDataSource(dataSourceOptions(config)).initialize();
await dataSource.query('SELECT 1');
const threads = countThreads() - threadsBefore;
// The control: the hook does see a module of the engine that is loaded.
const seen = [...modules];
await import('@electric-sql/pglite');
await sleep(50);
process.stdout.write(`${JSON.stringify({ seen, threads, control: modules })}\n`);
await standardInputClosed();
await dataSource.destroy();
process.exit();
