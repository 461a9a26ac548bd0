import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { EmbeddedDataDirectoryLockedError } from '../engine/embedded/errors.js';
import { DataDirectoryLock } from '../engine/embedded/data-directory-lock.js';
import { startEmbeddedProcess } from './embedded-process.js';
import type { IsolatedDatabase } from './server-databases.js';
import { fill, nameOfContent, type Content } from './template-content.js';

/** How long a snapshot is kept. It is made anew then if it is still used. */
const keptMs = 7 * 24 * 3_600_000;

/** Starts an engine from the snapshot with the content; makes the snapshot first, if there is none. */
export async function startFromSnapshot(
  folder: string,
  content: Content,
): Promise<IsolatedDatabase> {
  const engine = await startEmbeddedProcess(await ensureSnapshot(folder, content));
  return { url: engine.url, drop: () => engine.stop() };
}

/** Snapshots are named by their content, so that one that is there is right. */
export async function ensureSnapshot(folder: string, content: Content): Promise<string> {
  const file = join(folder, `${nameOfContent(content)}.tar`);
  if (existsSync(file)) return file;
  await mkdir(folder, { recursive: true });
  // Several processes start at once, and one of them makes it.
  const lock = await waitForLock(file);
  try {
    if (existsSync(file)) return file;
    await removeOld(folder);
    await makeSnapshot(file, content);
    return file;
  } finally {
    lock.release();
  }
}

async function makeSnapshot(file: string, content: Content): Promise<void> {
  const engine = await startEmbeddedProcess();
  const unfinished = `${file}.${process.pid}`;
  try {
    await fill(engine.url, content);
    await engine.snapshot(unfinished);
    // Only what is finished gets the name.
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
