import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Extension } from '@electric-sql/pglite';
import { linkedOnUse } from '../../../src/engine/embedded/extension-files.js';

describe('the files of an extension', () => {
  const published = join(dirname(require.resolve('@electric-sql/pglite')), 'unaccent.tar.gz');
  let root: string;
  let archive: string;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'singr-extension-'));
    const dist = join(root, 'node_modules', '@electric-sql', 'pglite', 'dist');
    mkdirSync(dist, { recursive: true });
    archive = join(dist, 'unaccent.tar.gz');
    cpSync(published, archive);
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  const cache = () => join(root, 'node_modules', '.cache', '@singr', 'database');

  /** The extension as it is passed to the engine. */
  async function setUp() {
    const unaccent = {
      name: 'unaccent',
      setup: async () => ({ bundlePath: pathToFileURL(archive) }),
    };
    const linked = linkedOnUse({ unaccent }).unaccent as Extension;
    return linked.setup(undefined!, { preRun: [] });
  }

  it('are unpacked once, and kept for later starts', async () => {
    const { bundlePath, emscriptenOpts } = await setUp();
    expect(bundlePath).toBeUndefined();
    expect(emscriptenOpts.preRun).toHaveLength(1);
    const [folder] = readdirSync(cache());
    const { mtimeMs } = statSync(join(cache(), folder!, 'lib', 'postgresql', 'unaccent.so'));

    await setUp();
    expect(readdirSync(cache())).toEqual([folder]);
    expect(statSync(join(cache(), folder!, 'lib', 'postgresql', 'unaccent.so')).mtimeMs).toBe(
      mtimeMs,
    );
  });

  it('are unpacked again for another version', async () => {
    await setUp();
    const { size } = statSync(archive);
    cpSync(join(dirname(published), 'pg_trgm.tar.gz'), archive);
    expect(statSync(archive).size).not.toBe(size);
    await setUp();
    expect(readdirSync(cache())).toHaveLength(2);
  });

  it('are unpacked by the engine when the folder is not writable', async () => {
    writeFileSync(join(root, 'node_modules', '.cache'), 'a file where the folder would be');
    expect((await setUp()).bundlePath).toEqual(pathToFileURL(archive));
  });

  it('are unpacked by the engine when the archive is broken, and leave no files behind', async () => {
    writeFileSync(archive, 'not an archive');
    expect((await setUp()).bundlePath).toEqual(pathToFileURL(archive));
    mkdirSync(cache(), { recursive: true });
    expect(readdirSync(cache())).toEqual([]);
  });
});
