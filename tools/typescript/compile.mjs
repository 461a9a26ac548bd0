import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { swcOptions } from './swc-options.mjs';

const cache = new URL('../../node_modules/.cache/singr-typescript/', import.meta.url);

/** The JavaScript of a source. What was compiled before is kept, and named by all that decides what it is. */
export async function compile(source, url) {
  const filename = fileURLToPath(url);
  const hash = createHash('sha256');
  const name = hash.update(JSON.stringify([swcOptions, filename, source])).digest('hex');
  const file = new URL(`${name}.js`, cache);
  const kept = await readFile(file, 'utf8').catch(() => undefined);
  if (kept !== undefined) return kept;
  const { transform } = await import('@swc/core');
  const { code } = await transform(source, { ...swcOptions, filename });
  // Without a place to keep it, it is compiled again.
  await keep(file, code).catch(() => undefined);
  return code;
}

/** Beside its place first: a process that starts meanwhile must not find half of it. */
async function keep(file, code) {
  await mkdir(cache, { recursive: true });
  const unfinished = new URL(`${file}.${process.pid}`);
  await writeFile(unfinished, code);
  await rename(unfinished, file);
}
