import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadHostOptions } from '../../src/commands/host-options.js';

describe('singr-db.config.cjs in the working directory', () => {
  const here = process.cwd();
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'singr-host-'));
    process.chdir(folder);
  });

  afterEach(() => {
    process.chdir(here);
    rmSync(folder, { recursive: true });
  });

  const write = (text: string) => writeFileSync(join(folder, 'singr-db.config.cjs'), text);

  it('may be missing', async () => {
    expect(await loadHostOptions()).toEqual({});
  });

  it('has the application’s entities and tables', async () => {
    write(`class Note {}; module.exports = { entities: [Note], otherTables: ['legacy'] };`);
    const { entities, migrations, otherTables } = await loadHostOptions();
    expect(entities!.map((entity) => (entity as Function).name)).toEqual(['Note']);
    expect({ migrations, otherTables }).toEqual({ migrations: undefined, otherTables: ['legacy'] });
  });

  it.each([
    [`module.exports = { entities: ['Note'] };`, '"entities" takes a list of classes'],
    [`module.exports = { otherTables: 'legacy' };`, '"otherTables" takes a list of names'],
    [`throw new Error('it fails');`, 'it fails'],
  ])('is refused when it is %s', async (text, reason) => {
    write(text);
    const failing = loadHostOptions();
    await expect(failing).rejects.toThrow(reason);
    await expect(failing).rejects.toMatchObject({ code: 'HOST_OPTIONS_UNREADABLE' });
  });
});
