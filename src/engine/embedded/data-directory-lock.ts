import { randomUUID } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { EmbeddedDataDirectoryLockedError } from './errors.js';
import { isAlive, thisProcess, type ProcessIdentity } from './process-identity.js';

/**
 * The content of the lock file: the process that holds the folder, and the address of its engine once it
 * runs.
 */
export interface DataDirectoryHolder extends ProcessIdentity {
  readonly host?: string;
  readonly port?: number;
}

/**
 * Locks a data folder for one process, by a file beside the folder that names the process. A lock file of a
 * process that has ended is replaced.
 */
export class DataDirectoryLock {
  private constructor(
    private readonly dataDir: string,
    private readonly file: string,
  ) {}

  /** @throws EmbeddedDataDirectoryLockedError when a living process holds the folder */
  static acquire(dataDir: string): DataDirectoryLock {
    const lock = new DataDirectoryLock(dataDir, lockFile(dataDir));
    const made = mkdirSync(dirname(dataDir), { recursive: true });
    // The database must not be committed to Git.
    if (made !== undefined) writeFileSync(join(made, '.gitignore'), '*\n');
    if (!lock.create()) {
      lock.removeIfStale();
      if (!lock.create()) throw lock.heldByOther();
    }
    return lock;
  }

  /** Adds the address of the engine to the lock file, so that other processes can connect. */
  publish(address: { host: string; port: number }): void {
    this.place({ ...thisProcess(), ...address }, renameSync);
  }

  release(): void {
    rmSync(this.file, { force: true });
  }

  private create(): boolean {
    try {
      this.place(thisProcess(), linkSync);
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
      throw error;
    }
  }

  /** Writes a temporary file first: other processes would treat an incomplete lock file as stale. */
  private place(holder: DataDirectoryHolder, to: (from: string, file: string) => void): void {
    const unfinished = this.beside();
    try {
      writeFileSync(unfinished, JSON.stringify(holder));
      to(unfinished, this.file);
    } finally {
      rmSync(unfinished, { force: true });
    }
  }

  /** Removes a stale lock file. It is renamed first, so that only one of several processes removes it. */
  private removeIfStale(): void {
    const holder = readHolder(this.file);
    if (holder !== undefined && isAlive(holder)) throw this.heldByOther();
    const aside = this.beside();
    try {
      renameSync(this.file, aside);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
      throw error;
    }
    if (!isDeepStrictEqual(readHolder(aside), holder)) {
      // Another process has locked the folder in between, so its file is put back.
      renameSync(aside, this.file);
      throw this.heldByOther();
    }
    rmSync(aside, { force: true });
  }

  private beside(): string {
    return `${this.file}.${randomUUID()}`;
  }

  private heldByOther(): EmbeddedDataDirectoryLockedError {
    return new EmbeddedDataDirectoryLockedError(
      this.dataDir,
      readHolder(this.file)?.processId ?? 0,
    );
  }
}

/** The process that holds a data folder, or undefined when none does. */
export function findHolder(dataDir: string): DataDirectoryHolder | undefined {
  const holder = readHolder(lockFile(dataDir));
  return holder !== undefined && isAlive(holder) ? holder : undefined;
}

function readHolder(file: string): DataDirectoryHolder | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as DataDirectoryHolder;
  } catch {
    return undefined;
  }
}

function lockFile(dataDir: string): string {
  return `${dataDir}.lock`;
}
