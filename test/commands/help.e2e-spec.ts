import { readFileSync } from 'node:fs';
import { describeOnServer, useDatabase } from '../support/database.js';
import { runCommand } from './run-command.js';

describeOnServer('singr-db without a database', () => {
  const database = useDatabase();
  const run = (word: string) => runCommand(database, [word], { DATABASE_URL: 'nonsense' });

  it('--version is that of the package', async () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
    await expect(run('--version')).resolves.toEqual({ exitCode: 0, out: `${version}\n`, err: '' });
  });

  it('--help says which database the commands use', async () => {
    await expect(run('--help')).resolves.toEqual({
      exitCode: 0,
      out: expect.stringMatching(/^Usage: singr-db [^]*The database is that of DATABASE_URL/),
      err: '',
    });
  });
});
