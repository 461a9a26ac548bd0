import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { HostAnswer, HostRequest } from './engine-host.messages.js';
import { TestEngineFailedError } from './errors.js';

/** An embedded engine in the process of the run's engines. */
export interface TestEngine {
  readonly url: string;
  /** Writes the data to a file, from which another engine can start. */
  snapshot(file: string): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Starts a process for embedded engines, and returns the path of its socket. It ends with this process.
 *
 * @throws TestEngineFailedError
 */
export async function startEngineHost(): Promise<string> {
  const name = `singr-engines-${randomBytes(9).toString('hex')}`;
  const socketPath = process.platform === 'win32' ? `\\\\.\\pipe\\${name}` : join(tmpdir(), name);
  const child = spawn(process.execPath, [...script(), socketPath], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let complaints = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaints += text));
  // Writing fails when the process has ended by itself.
  child.stdin.on('error', () => undefined);
  const isListening = await Promise.race([
    once(createInterface({ input: child.stdout }), 'line').then(() => true),
    once(child, 'exit').then(() => false),
  ]);
  if (!isListening) throw new TestEngineFailedError(complaints);
  // So the test run can end, and the process ends with it.
  for (const stream of [child.stdin, child.stdout, child.stderr]) (stream as Socket).unref();
  child.unref();
  return socketPath;
}

/**
 * Starts an engine in the process with this socket. `snapshot` is the path of a file with data to start from.
 *
 * @throws TestEngineFailedError
 */
export async function startTestEngine(socketPath: string, snapshot?: string): Promise<TestEngine> {
  const socket = connect(socketPath);
  // The promise of the next answer rejects.
  socket.on('error', () => undefined);
  const closed = once(socket, 'close').catch(() => undefined);
  const lines = createInterface({ input: socket });
  const ask = async (request: HostRequest): Promise<HostAnswer> => {
    socket.ref().write(`${JSON.stringify(request)}\n`);
    const answer = await nextAnswer(lines, closed);
    // So the test run can end without `stop()`, and the engine ends with it.
    socket.unref();
    if (answer.kind === 'failed') throw new TestEngineFailedError(answer.message);
    return answer;
  };
  const started = await ask({ kind: 'start', snapshot });
  if (started.kind !== 'started') throw new TestEngineFailedError('');
  return {
    url: `postgres://postgres@${started.host}:${started.port}/postgres`,
    async snapshot(file) {
      await ask({ kind: 'snapshot', file });
    },
    async stop() {
      socket.ref().end();
      await closed;
    },
  };
}

async function nextAnswer(lines: Interface, closed: Promise<unknown>): Promise<HostAnswer> {
  const first = await Promise.race([
    once(lines, 'line') as Promise<[string]>,
    closed.then(() => undefined),
  ]);
  if (first === undefined) throw new TestEngineFailedError('its process has ended');
  return JSON.parse(first[0]) as HostAnswer;
}

/** Node's arguments for the script beside this file: JavaScript if this file is compiled, else TypeScript. */
function script(): string[] {
  const isCompiled = !import.meta.url.endsWith('.ts');
  const file = fileURLToPath(
    new URL(`./engine-host.process.${isCompiled ? 'js' : 'ts'}`, import.meta.url),
  );
  const loader = new URL('../../tools/typescript/register.mjs', import.meta.url);
  return isCompiled ? [file] : ['--import', loader.href, file];
}
