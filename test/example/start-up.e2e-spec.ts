import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { useEmptyDatabase } from '../support/database.js';
import { isInstalled } from '../support/programs.js';

const database = useEmptyDatabase();
const running: ChildProcess[] = [];
const hasCurl = isInstalled('curl');

afterEach(async () => {
  for (const child of running.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
});

beforeAll(() => promisify(execFile)('npm', ['run', 'build:example']), 300_000);

/** Runs the compiled example as `npm start` does. */
function start(variables: NodeJS.ProcessEnv) {
  const child = spawn(process.execPath, ['--enable-source-maps', 'examples/api/dist/main.js'], {
    env: { ...process.env, DATABASE_URL: database.url, PORT: '0', ...variables },
  });
  running.push(child);
  const output = { out: '', err: '' };
  child.stdout.on('data', (chunk) => (output.out += chunk));
  child.stderr.on('data', (chunk) => (output.err += chunk));
  return { child, output, exited: once(child, 'exit') as Promise<[number | null, string | null]> };
}

async function startedUrl({ child, output, exited }: ReturnType<typeof start>): Promise<string> {
  const ended = exited.then(() => Promise.reject(new Error(output.out + output.err)));
  while (!/audit\/api\/entries.*\n/.test(output.out)) {
    await Promise.race([once(child.stdout, 'data'), ended]);
  }
  return /http:\/\/localhost:\d+/.exec(output.out)![0];
}

/** The message with which start-up fails. */
async function failure(variables: NodeJS.ProcessEnv): Promise<string> {
  const { output, exited } = start(variables);
  const [exitCode] = await exited;
  expect(exitCode).toBe(1);
  return output.err;
}

/** Runs the lines that the start prints for users to try. */
async function expectToWork(example: ReturnType<typeof start>): Promise<void> {
  const url = await startedUrl(example);
  expect((await fetch(`${url}/health`)).status).toBe(200);
  expect((await fetch(`${url}/docs`)).status).toBe(200);
  expect(await (await fetch(`${url}/audit`)).text()).toContain('<base href="./audit/" />');
  expect(example.output.out).toContain('customer@example.com / Customer123!');
  await expectToTakeBatches(url);

  if (!hasCurl) return;
  const lines = example.output.out.split('\n').filter((line) => /^(TOKEN=|curl )/.test(line));
  expect(lines).toHaveLength(3);
  const { stdout } = await promisify(execFile)('sh', ['-c', lines.join('\necho\n')]);
  const [, renamed, trail] = stdout.split('\n').map((line) => line && JSON.parse(line));
  expect(renamed.name).toBe('Singing Cowboy Saloon');
  expect(trail.entries[0].actor.name).toBe('Test Customer');
}

/** OpenKJ's batches exceed Nest's default limit for bodies. */
async function expectToTakeBatches(url: string): Promise<void> {
  const response = await fetch(`${url}/openkj`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ command: 'addSongs', songs: 'x'.repeat(1024 * 1024) }),
  });
  expect(await response.json()).toMatchObject({ command: 'addSongs', error: true });
}

async function expectToStop({ child, exited }: ReturnType<typeof start>): Promise<void> {
  child.kill('SIGTERM');
  const [exitCode, signal] = await exited;
  expect(signal ?? exitCode).toBe('SIGTERM');
}

describe('npm start', () => {
  it('migrates and seeds an empty database, prints lines that work, and stops on SIGTERM', async () => {
    const example = start({});
    await expectToWork(example);

    // Neither the log nor the banner contains the token.
    expect(example.output.out).not.toMatch(/Bearer (?!\$TOKEN)/);

    await expectToStop(example);
    const left = await database.query(
      `SELECT pid FROM pg_stat_activity WHERE application_name = 'singr-example-api'`,
    );
    expect(left).toEqual([]);
  });

  it('does the same on the embedded engine where no server is configured', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'singr-start-up-'));
    try {
      const dataDir = join(folder, 'data');
      const example = start({
        DATABASE_URL: undefined,
        PGHOST: undefined,
        DATABASE_EMBEDDED_DIR: dataDir,
      });
      await expectToWork(example);
      await expectToStop(example);
      expect(existsSync(dataDir)).toBe(true);
      expect(existsSync(`${dataDir}.lock`)).toBe(false);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('says in one message that the port is in use', async () => {
    const server = createServer().listen(0);
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    expect(await failure({ PORT: String(port) })).toBe(
      `Port ${port} is in use. Stop what listens there, or set PORT to another one.\n`,
    );
    server.close();
  });

  it('says in one message what PORT takes', async () => {
    expect(await failure({ PORT: '30x' })).toBe(
      'PORT takes a whole number from 0 to 65535 (a TCP port).\n',
    );
  });

  it('says in one message that no database answers', async () => {
    const message = await failure({
      DATABASE_URL: 'postgres://me:secret@127.0.0.1:1/none',
      DATABASE_CONNECT_ATTEMPTS: '1',
    });
    expect(message).toMatch(/^No PostgreSQL server answers at 127\.0\.0\.1:1 .*\n$/);
  });

  it('says in one message which setting is wrong', async () => {
    expect(await failure({ DATABASE_POOL_SIZE: 'many' })).toBe(
      'The database is not configured: DATABASE_POOL_SIZE takes a whole number from 1 to 1000 (connections).\n',
    );
  });
});
