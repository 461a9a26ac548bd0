import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Extension } from '@electric-sql/pglite';
import { withoutSisters } from '../../src/embedded/postgis-bundle.js';

describe('the archive of PostGIS', () => {
  const published = fileURLToPath(
    new URL('postgis.tar.gz', pathToFileURL(require.resolve('@electric-sql/pglite-postgis'))),
  );
  let root: string;
  let whole: string;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'singr-postgis-'));
    const dist = join(root, 'node_modules', '@electric-sql', 'pglite-postgis', 'dist');
    mkdirSync(dist, { recursive: true });
    whole = join(dist, 'postgis.tar.gz');
    cpSync(published, whole);
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  const cache = () => join(root, 'node_modules', '.cache', '@singr', 'database');

  /** What the engine unpacks. */
  async function bundlePath(): Promise<string> {
    const postgis: Extension = {
      name: 'postgis',
      setup: async () => ({ bundlePath: pathToFileURL(whole) }),
    };
    const setup = await withoutSisters(postgis).setup(undefined!, {});
    return fileURLToPath(setup.bundlePath!);
  }

  it('is made smaller once, and kept', async () => {
    const kept = await bundlePath();
    expect(kept).toContain(cache());
    expect(statSync(kept).size).toBeLessThan(40_000_000);
    const { mtimeMs } = statSync(kept);

    expect(await bundlePath()).toBe(kept);
    expect(statSync(kept).mtimeMs).toBe(mtimeMs);
    expect(readdirSync(cache())).toHaveLength(1);
  });

  it('is made again for another version', async () => {
    const kept = await bundlePath();
    cpSync(published, whole);
    writeFileSync(whole, Buffer.alloc(512), { flag: 'a' });
    expect(await bundlePath()).not.toBe(kept);
  });

  it('is used whole where nothing can be written', async () => {
    writeFileSync(join(root, 'node_modules', '.cache'), 'a file where the folder would be');
    expect(await bundlePath()).toBe(whole);
  });

  it('is used whole when it is laid out otherwise', async () => {
    writeFileSync(whole, 'not an archive');
    expect(await bundlePath()).toBe(whole);
    expect(existsSync(cache()) ? readdirSync(cache()) : []).toEqual([]);
  });
});
