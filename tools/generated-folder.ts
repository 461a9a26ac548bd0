import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/**
 * Makes a folder hold exactly the given files, or with `--check` on the command line only says whether it
 * does, and ends with 1 when it does not.
 */
export async function writeOrCheck(
  folder: string,
  files: ReadonlyMap<string, string>,
  command: string,
): Promise<void> {
  const present = await filesIn(folder);
  const differing = [...files].filter(([name, content]) => present.get(name) !== content);
  const surplus = [...present.keys()].filter((name) => !files.has(name));
  const stale = [...differing.map(([name]) => name), ...surplus];
  if (process.argv.includes('--check')) {
    if (stale.length === 0) return console.log(`${folder} is up to date.`);
    for (const name of stale) console.error(`${join(folder, name)} is stale.`);
    console.error(`Write it anew: ${command}`);
    process.exitCode = 1;
    return;
  }
  for (const [name, content] of differing) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), content);
  }
  for (const name of surplus) await rm(join(folder, name));
  console.log(`${folder}: ${files.size} files, ${stale.length} of them changed.`);
}

/** The content of every file in a folder, by its path below it. */
export async function filesIn(folder: string): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  await mkdir(folder, { recursive: true });
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath, entry.name);
    files.set(file.slice(folder.length + 1), await readFile(file, 'utf8'));
  }
  return files;
}
