import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { Extension } from '@electric-sql/pglite';

/** What `CREATE EXTENSION postgis` and its functions read. */
const needed = [
  /^lib\/postgresql\/postgis-\d+\.so$/,
  /^share\/postgresql\/extension\/postgis\.control$/,
  /^share\/postgresql\/extension\/postgis--\d[\d.]*\.sql$/,
  /^share\/proj\/proj\.db$/,
];

/**
 * The extension without its sisters. The engine unpacks an extension's archive and links the libraries in it
 * at each start, and two thirds of PostGIS's are raster, topology, and scripts that upgrade older versions.
 *
 * The smaller archive is made once and kept in `node_modules/.cache`. Where that cannot be written, the whole
 * archive serves, and each start takes a second more.
 */
export function withoutSisters(postgis: Extension): Extension {
  return {
    ...postgis,
    async setup(...args) {
      const whole = await postgis.setup(...args);
      return { ...whole, bundlePath: whole.bundlePath && smaller(whole.bundlePath) };
    },
  };
}

function smaller(whole: URL): URL {
  const kept = cachedAs(fileURLToPath(whole));
  try {
    if (statSync(kept, { throwIfNoEntry: false }) === undefined) write(kept, whole);
    return pathToFileURL(kept);
  } catch {
    return whole;
  }
}

/** Under another name first: a process that starts meanwhile must not read half an archive. */
function write(path: string, whole: URL): void {
  const unfinished = `${path}.${process.pid}`;
  mkdirSync(dirname(path), { recursive: true });
  const parts = [...entries(gunzipSync(readFileSync(whole)))].filter(({ name }) =>
    needed.some((pattern) => pattern.test(name)),
  );
  if (parts.length !== needed.length) throw new Error('The archive is not laid out as expected.');
  // Stored rather than compressed: it is read far more often than written.
  writeFileSync(unfinished, gzipSync(Buffer.concat(parts.map(({ bytes }) => bytes)), { level: 0 }));
  renameSync(unfinished, path);
}

/** In the outermost `node_modules`, where tools keep what they can make again. */
function cachedAs(whole: string): string {
  const folder = `${sep}node_modules${sep}`;
  const root = whole.slice(0, whole.indexOf(folder) + folder.length);
  // Another version of the package is another archive, of another size.
  const name = `postgis-${statSync(whole).size}.tar.gz`;
  return join(root, '.cache', '@singr', 'database', name);
}

/** The files of a tar archive in the POSIX ustar format, each as its header and content, padded. */
function* entries(tar: Buffer): Generator<{ name: string; bytes: Buffer }> {
  const block = 512;
  for (let start = 0; tar[start];) {
    const header = tar.subarray(start, start + block);
    const size = parseInt(text(header, 124, 12), 8);
    const end = start + block + Math.ceil(size / block) * block;
    const [prefix, name] = [text(header, 345, 155), text(header, 0, 100)];
    yield { name: prefix ? `${prefix}/${name}` : name, bytes: tar.subarray(start, end) };
    start = end;
  }
}

function text(header: Buffer, start: number, length: number): string {
  return header.toString('latin1', start, start + length).replace(/\0.*$/s, '');
}
