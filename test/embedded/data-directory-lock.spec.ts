import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataDirectoryLock, findHolder } from '../../src/embedded/data-directory-lock.js';
import { EmbeddedDataDirectoryLockedError } from '../../src/embedded/errors.js';

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

  it('keeps a second taker off, and tells which process holds the folder', () => {
    const lock = DataDirectoryLock.acquire(dataDir);
    expect(() => DataDirectoryLock.acquire(dataDir)).toThrow(EmbeddedDataDirectoryLockedError);
    expect(() => DataDirectoryLock.acquire(dataDir)).toThrow(`process ${process.pid}`);
    lock.release();
    DataDirectoryLock.acquire(dataDir).release();
  });

  it('tells where the engine listens, once it does', () => {
    const lock = DataDirectoryLock.acquire(dataDir);
    expect(findHolder(dataDir)).toEqual({ processId: process.pid });
    lock.publish({ host: '127.0.0.1', port: 1234 });
    expect(findHolder(dataDir)).toEqual({
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
    expect(findHolder(dataDir)).toEqual({ processId: process.pid });
    lock.release();
  });

  it('is taken over when its file is unreadable, as a full disk leaves it', () => {
    writeFileSync(`${dataDir}.lock`, '');
    DataDirectoryLock.acquire(dataDir).release();
  });

  it('leaves nothing behind', () => {
    writeFileSync(`${dataDir}.lock`, JSON.stringify({ processId: deadProcess() }));
    DataDirectoryLock.acquire(dataDir).release();
    expect(readdirSync(parent)).toEqual([]);
  });
});
