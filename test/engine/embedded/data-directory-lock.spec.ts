import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataDirectoryLock, findHolder } from '../../../src/engine/embedded/data-directory-lock.js';
import { EmbeddedDataDirectoryLockedError } from '../../../src/engine/embedded/errors.js';

/** Reads a lock file again and again until standard input closes, and prints what it found. */
const reading = `
  const found = { whole: 0, halfWritten: 0 };
  function read() {
    let text;
    try { text = require('node:fs').readFileSync(process.argv[1], 'utf8'); } catch { return; }
    found[text.endsWith('}') ? 'whole' : 'halfWritten']++;
  }
  const reads = setInterval(() => { for (let count = 0; count < 1000; count++) read(); });
  process.stdin.on('end', () => { clearInterval(reads); console.log(JSON.stringify(found)); }).resume();
  console.log('ready');
`;

describe('the lock of a data folder', () => {
  let parent: string;
  let dataDir: string;

  beforeEach(() => {
    parent = mkdtempSync(join(tmpdir(), 'singr-lock-'));
    dataDir = join(parent, 'data');
  });
  afterEach(() => rmSync(parent, { recursive: true, force: true }));

  /** The id of a process that has ended. */
  function deadProcess(): number {
    return spawnSync(process.execPath, ['-e', '']).pid;
  }

  it('refuses a second process, and names the process that holds the folder', () => {
    const lock = DataDirectoryLock.acquire(dataDir);
    expect(() => DataDirectoryLock.acquire(dataDir)).toThrow(EmbeddedDataDirectoryLockedError);
    expect(() => DataDirectoryLock.acquire(dataDir)).toThrow(`process ${process.pid}`);
    lock.release();
    DataDirectoryLock.acquire(dataDir).release();
  });

  it('adds a .gitignore to a folder that it creates, and not to others', () => {
    DataDirectoryLock.acquire(dataDir).release();
    expect(readdirSync(parent)).not.toContain('.gitignore');
    DataDirectoryLock.acquire(join(parent, 'made', 'data')).release();
    expect(readFileSync(join(parent, 'made', '.gitignore'), 'utf8')).toBe('*\n');
  });

  it('has the address of the engine, once it listens', () => {
    const lock = DataDirectoryLock.acquire(dataDir);
    expect(findHolder(dataDir)).toMatchObject({ processId: process.pid });
    lock.publish({ host: '127.0.0.1', port: 1234 });
    expect(findHolder(dataDir)).toMatchObject({
      processId: process.pid,
      host: '127.0.0.1',
      port: 1234,
    });
    lock.release();
    expect(findHolder(dataDir)).toBeUndefined();
  });

  it('is taken over from a process that died', () => {
    writeFileSync(`${dataDir}.lock`, JSON.stringify({ processId: deadProcess() }));
    expect(findHolder(dataDir)).toBeUndefined();
    const lock = DataDirectoryLock.acquire(dataDir);
    expect(findHolder(dataDir)).toMatchObject({ processId: process.pid });
    lock.release();
  });

  // Elsewhere nothing tells when a process started, but there ids do not begin anew with each container.
  (process.platform === 'linux' ? it : it.skip).each([
    ['this process has been given', () => process.pid],
    ['another process has been given', () => process.ppid],
  ])('is taken over from a process that died, and whose id %s', (_to, processId) => {
    const holder = { processId: processId(), startedAt: '1' };
    writeFileSync(`${dataDir}.lock`, JSON.stringify(holder));
    expect(findHolder(dataDir)).toBeUndefined();
    DataDirectoryLock.acquire(dataDir).release();
  });

  it('is never read half written', async () => {
    const reader = spawn(process.execPath, ['-e', reading, `${dataDir}.lock`]);
    await once(reader.stdout, 'data');
    for (let count = 0; count < 1000; count++) {
      const lock = DataDirectoryLock.acquire(dataDir);
      lock.publish({ host: '127.0.0.1', port: 1234 });
      lock.release();
    }
    reader.stdin.end();
    const [found] = (await once(reader.stdout, 'data')) as [Buffer];
    expect(JSON.parse(found.toString())).toEqual({ halfWritten: 0, whole: expect.any(Number) });
  });

  it('is taken over when its file is unreadable, as a full disk leaves it', () => {
    writeFileSync(`${dataDir}.lock`, '');
    DataDirectoryLock.acquire(dataDir).release();
  });

  it('leaves no files behind', () => {
    writeFileSync(`${dataDir}.lock`, JSON.stringify({ processId: deadProcess() }));
    DataDirectoryLock.acquire(dataDir).release();
    expect(readdirSync(parent)).toEqual([]);
  });
});
