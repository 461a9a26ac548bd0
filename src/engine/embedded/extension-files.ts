import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import type { Extension, Extensions, postgresMod } from '@electric-sql/pglite';
import { parseTar } from 'nanotar';

/**
 * Extensions whose libraries are linked when a statement first needs them.
 *
 * By itself the engine unpacks every extension's archive and links every library in it at each start: for
 * PostGIS, 95 MB and three libraries. Here the archives are unpacked once, to `node_modules/.cache`, and the
 * engine's file system leads there. Where nothing can be written, the engine's own way serves, and each start
 * takes seconds more.
 */
export function linkedOnUse<E extends Record<string, Extension>>(extensions: E): Extensions {
  return Object.fromEntries(
    Object.entries(extensions).map(([name, extension]) => [name, linkOnUse(extension)]),
  );
}

function linkOnUse(extension: Extension): Extension {
  return {
    ...extension,
    async setup(...args) {
      const { bundlePath, ...rest } = await extension.setup(...args);
      const folder = bundlePath && unpacked(fileURLToPath(bundlePath));
      if (folder === undefined) return { ...rest, bundlePath };
      const emscriptenOpts = (rest.emscriptenOpts ?? args[1]) as Partial<postgresMod.PostgresMod>;
      const preRun = [...[emscriptenOpts.preRun ?? []].flat(), mount(extension.name, folder)];
      return { ...rest, emscriptenOpts: { ...emscriptenOpts, preRun } };
    },
  };
}

/** Shows the folder to the engine, and a link to each of its files where the engine looks for them. */
function mount(name: string, folder: string) {
  return ({ FS, WASM_PREFIX }: postgresMod.PostgresMod) => {
    const mountPoint = `/extensions/${name}`;
    FS.mkdirTree(mountPoint);
    FS.mount(FS.filesystems.NODEFS, { root: folder }, mountPoint);
    for (const file of filesIn(folder)) {
      const link = `${WASM_PREFIX}/${file}`;
      FS.mkdirTree(link.slice(0, link.lastIndexOf('/')));
      FS.symlink(`${mountPoint}/${file}`, link);
    }
  };
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => relative(folder, join(parentPath, name)).replaceAll(sep, '/'));
}

/** The folder that holds the archive's files; `undefined` when it can be neither found nor made. */
function unpacked(archive: string): string | undefined {
  try {
    const folder = cacheFolder(archive);
    if (!existsSync(folder)) unpack(archive, folder);
    return folder;
  } catch {
    return undefined;
  }
}

/** Beside its place first: a process that starts meanwhile must not find half of the files. */
function unpack(archive: string, folder: string): void {
  const unfinished = `${folder}.${process.pid}`;
  try {
    for (const { name, type, data } of parseTar(
      new Uint8Array(gunzipSync(readFileSync(archive))),
    )) {
      if (type !== 'file' || data === undefined) continue;
      const path = join(unfinished, name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, data);
    }
    renameSync(unfinished, folder);
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true });
    // Another process may have been faster.
    if (!existsSync(folder)) throw error;
  }
}

/** In the outermost `node_modules`, where tools keep what they can make again. */
function cacheFolder(archive: string): string {
  const modules = `${sep}node_modules${sep}`;
  const root = archive.slice(0, archive.indexOf(modules) + modules.length);
  // Another version of an extension is another archive, of another size.
  const name = `${basename(archive, '.tar.gz')}-${statSync(archive).size}`;
  return join(root, '.cache', '@singr', 'database', name);
}
