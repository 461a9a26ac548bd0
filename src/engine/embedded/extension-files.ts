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
 * Changes extensions so that their libraries are linked when a statement first needs them.
 *
 * The engine would unpack the archive of every extension and link all its libraries at each start: for
 * PostGIS, 95 MB and three libraries. Here the archives are unpacked once, to `node_modules/.cache`, and
 * mounted into the file system of the engine. If that folder is not writable, the engine unpacks them itself,
 * and each start takes seconds longer.
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

/**
 * Mounts the folder into the engine's file system, and links each of its files to where the engine looks for
 * it.
 */
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

/** The folder with the files of the archive; undefined when it neither exists nor can be created. */
function unpacked(archive: string): string | undefined {
  try {
    const folder = cacheFolder(archive);
    if (!existsSync(folder)) unpack(archive, folder);
    return folder;
  } catch {
    return undefined;
  }
}

/** Unpacks to a temporary folder first, so that another process does not find an incomplete one. */
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
    // Another process may have unpacked the archive in the meantime.
    if (!existsSync(folder)) throw error;
  }
}

/** A folder in `.cache` of the outermost `node_modules`, where tools keep their caches. */
function cacheFolder(archive: string): string {
  const modules = `${sep}node_modules${sep}`;
  const root = archive.slice(0, archive.indexOf(modules) + modules.length);
  // The size distinguishes the archives of different versions.
  const name = `${basename(archive, '.tar.gz')}-${statSync(archive).size}`;
  return join(root, '.cache', '@singr', 'database', name);
}
