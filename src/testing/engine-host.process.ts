import { rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { EmbeddedEngine } from '../engine/embedded/embedded-engine.js';
import type { HostAnswer, HostRequest } from './engine-host.messages.js';

/**
 * Runs the embedded engines of a test run, in memory, in a process of its own. A test runner's sandbox cannot load
 * the engine. In one process, the engines share their compiled code: the first one compiles it, and every other
 * starts in half the time.
 *
 * Each connection to the socket on the command line is an engine, which ends with the connection. The process ends
 * at the end of standard input, and so also when its parent process ends.
 */
const [socketPath] = process.argv.slice(2);
let running = 0;
/** The engine that ended last, while there is no other: without any, V8 would discard the compiled code. */
let spare: EmbeddedEngine | undefined;

const server = createServer((socket) => void serve(socket));
server.listen(socketPath, () => process.stdout.write('listening\n'));
process.stdin.resume().once('end', () => {
  // The data is not needed any more, so no engine is stopped properly.
  server.close();
  rmSync(socketPath!, { force: true });
  process.exit();
});

async function serve(socket: Socket): Promise<void> {
  const ended = new Promise((resolve) => socket.once('close', resolve));
  // The test process may end at any time.
  socket.on('error', () => undefined);
  const answer = (message: HostAnswer) => socket.write(`${JSON.stringify(message)}\n`);
  let engine: EmbeddedEngine | undefined;
  const work = async (request: HostRequest): Promise<HostAnswer> => {
    if (request.kind === 'start') {
      engine = await start(request.snapshot);
      void ended.then(() => stop(engine!));
      return { kind: 'started', host: engine.host, port: engine.port };
    }
    await writeFile(request.file, await engine!.snapshot());
    return { kind: 'written' };
  };
  for await (const line of createInterface({ input: socket })) {
    await work(JSON.parse(line) as HostRequest).then(answer, ({ message }: Error) =>
      answer({ kind: 'failed', message }),
    );
  }
  socket.end();
}

async function start(snapshot: string | undefined): Promise<EmbeddedEngine> {
  const engine = await EmbeddedEngine.startInMemory(snapshot);
  running++;
  const unneeded = spare;
  spare = undefined;
  await unneeded?.stop();
  return engine;
}

async function stop(engine: EmbeddedEngine): Promise<void> {
  if (--running === 0) spare = engine;
  else await engine.stop();
}
