import { PassThrough } from 'node:stream';
import { confirm } from '../../src/commands/confirm.js';
import { resolveDatabaseConfig } from '../../src/engine/config/database.config.js';

const database = {
  config: resolveDatabaseConfig({ url: 'postgres://app:secret@db.example.com/singr' }, {}),
};
const what = 'This drops every table';

/** Asks in a terminal in which `typed` is typed, and returns what was shown. */
async function ask(typed: string | undefined): Promise<string> {
  const input = Object.assign(new PassThrough(), { isTTY: true });
  const output = new PassThrough({ encoding: 'utf8' });
  const asked = confirm(what, database, undefined, { input, output });
  if (typed === undefined) input.end();
  else input.write(`${typed}\n`);
  await asked;
  return String(output.read());
}

describe('a command that deletes data', () => {
  it('names the host, the database and the role, and goes on after a yes', async () => {
    const shown = await ask('y');
    expect(shown).toContain(
      'This drops every table, in the database "singr" at db.example.com:5432, as "app". Continue? [y/N]',
    );
    expect(shown).not.toContain('secret');
    await expect(ask('YES')).resolves.toBeDefined();
  });

  it.each([['n'], [''], ['yesterday'], [undefined]])('does nothing after %p', async (typed) => {
    await expect(ask(typed)).rejects.toMatchObject({
      code: 'NOT_CONFIRMED',
      message: expect.stringContaining('nothing was changed'),
    });
  });

  it('does nothing where nobody can be asked, and says how a script confirms', async () => {
    const nobody = { input: new PassThrough(), output: new PassThrough() };
    await expect(confirm(what, database, undefined, nobody)).rejects.toMatchObject({
      code: 'NOT_CONFIRMED',
      message: expect.stringContaining('--yes'),
    });
    await confirm(what, database, true, nobody);
  });

  it('names the folder of the embedded engine', async () => {
    const embedded = { config: resolveDatabaseConfig({}, {}) };
    await expect(confirm(what, embedded)).rejects.toThrow(/the embedded PostgreSQL of .*data\./);
  });
});
