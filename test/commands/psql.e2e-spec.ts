import { describeOnServer, useDatabase } from '../support/database.js';
import { isInstalled } from '../support/programs.js';
import { runCommand } from './run-command.js';

describeOnServer('npm run db:psql', () => {
  const database = useDatabase();
  const itWithPsql = isInstalled('psql') ? it : it.skip;

  /** The database's URL with a password, which a server that trusts us does not look at. */
  function urlWithPassword(): string {
    const url = new URL(database.url);
    url.password ||= 'p%40ss:word';
    return url.href;
  }

  it('prints the connection string with the password hidden', async () => {
    const { password, pathname } = new URL(urlWithPassword());
    const outcome = await runCommand(database, ['psql', '--url'], {
      DATABASE_URL: urlWithPassword(),
    });
    expect(outcome).toMatchObject({ exitCode: 0, err: '' });
    expect(outcome.out).toMatch(/^postgres:\/\/\w+:\*\*\*@.*\?sslmode=disable\n$/);
    expect(outcome.out).toContain(pathname);
    expect(outcome.out).not.toContain(`:${password}@`);
  });

  it('prints the password when it is asked to, so that a client can read it', async () => {
    const { out } = await runCommand(database, ['psql', '--url', '--show-password'], {
      DATABASE_URL: urlWithPassword(),
    });
    expect(decodeURIComponent(new URL(out.trim()).password)).toBe(
      decodeURIComponent(new URL(urlWithPassword()).password),
    );
  });

  itWithPsql('passes options on to psql, and exits with the code of psql', async () => {
    const [right, wrong] = await Promise.all([
      runCommand(database, ['psql', '--', '-Atc', 'SELECT current_database()']),
      runCommand(database, ['psql', '--', '-c', 'SELECT 1 / 0']),
    ]);
    expect(right).toEqual({
      exitCode: 0,
      out: `${new URL(database.url).pathname.slice(1)}\n`,
      err: '',
    });
    expect(wrong).toMatchObject({
      exitCode: 1,
      err: expect.stringContaining('division by zero'),
    });
  });

  it('prints the connection string where psql is not installed', async () => {
    const { exitCode, out, err } = await runCommand(database, ['psql'], { PATH: '/nowhere' });
    expect(exitCode).toBe(0);
    expect(err).toBe('psql is not installed; any client can connect to:\n');
    expect(out).toMatch(/^postgres:\/\//);
  });
});
