import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { EmbeddedDataDirectoryLockedError } from '../engine/embedded/errors.js';
import { DataDirectoryLock } from '../engine/embedded/data-directory-lock.js';
import { startTestEngine } from './engine-host.js';
import type { IsolatedDatabase } from './server-databases.js';
import { fill, nameOfContent, type Content } from './template-content.js';
import type { EmbeddedTarget } from './test-target.js';

/** How long a snapshot is kept, in milliseconds. If it is still needed then, it is created again. */
const keptMs = 7 * 24 * 3_600_000;

/** Starts an engine from the snapshot with the content. Creates the snapshot if it does not exist. */
export async function startFromSnapshot(
  target: EmbeddedTarget,
  content: Content,
): Promise<IsolatedDatabase> {
  const engine = await startTestEngine(target.host, await ensureSnapshot(target, content));
  return { url: engine.url, drop: () => engine.stop() };
}

/**
 * Returns the path of the snapshot with the content, and creates it if needed. Its name is a hash of the
 * content, so an existing one is up to date.
 */
export async function ensureSnapshot(
  { folder, host }: EmbeddedTarget,
  content: Content,
): Promise<string> {
  const file = join(folder, `${nameOfContent(content)}.tar`);
  if (existsSync(file)) return file;
  await mkdir(folder, { recursive: true });
  // Several processes may need the snapshot at once, and one of them creates it.
  const lock = await waitForLock(file);
  try {
    if (existsSync(file)) return file;
    await removeOld(folder);
    await makeSnapshot(host, file, content);
    return file;
  } finally {
    lock.release();
  }
}

async function makeSnapshot(host: string, file: string, content: Content): Promise<void> {
  const engine = await startTestEngine(host);
  const unfinished = `${file}.${process.pid}`;
  try {
    await fill(engine.url, content);
    await engine.snapshot(unfinished);
    // Only a complete snapshot gets the final name.
    await rename(unfinished, file);
  } finally {
    await rm(unfinished, { force: true });
    await engine.stop();
  }
}

async function waitForLock(file: string): Promise<DataDirectoryLock> {
  for (;;) {
    try {
      return DataDirectoryLock.acquire(file);
    } catch (error) {
      if (!(error instanceof EmbeddedDataDirectoryLockedError)) throw error;
      await sleep(250);
    }
  }
}

async function removeOld(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const file = join(folder, name);
    const { mtimeMs } = await stat(file);
    if (name.endsWith('.tar') && Date.now() - mtimeMs > keptMs) await rm(file, { force: true });
  }
}
