import { migrations } from '../../migrations/index.js';
import { describeOnServer, useDatabase, useEmptyDatabase } from '../support/database.js';
import { schemaObjects } from '../support/schema-objects.js';
import { runTypeorm } from './run-command.js';

const names = migrations.map(({ name }) => name);

describeOnServer('npm run typeorm', () => {
  const database = useEmptyDatabase();

  it('shows pending migrations', async () => {
    const { exitCode, out } = await runTypeorm(database, ['migration:show']);
    expect(exitCode).toBe(0);
    expect(out.match(/\[ \] .*/g)!.map((line) => line.slice(4).trim())).toEqual(names);
  });

  it('runs them, and shows that they ran', async () => {
    await expect(runTypeorm(database, ['migration:run'])).resolves.toMatchObject({ exitCode: 0 });
    const { out } = await runTypeorm(database, ['migration:show']);
    expect(out.match(/\[X\]/g)).toHaveLength(names.length);
    expect(out).not.toContain('[ ]');
  });

  it('answers a query', async () => {
    const { exitCode, out } = await runTypeorm(database, ['query', 'SELECT count(*) FROM venues']);
    expect(exitCode).toBe(0);
    expect(out).toContain(`count: '0'`);
  });

  it('reverts the last one', async () => {
    const { exitCode, out } = await runTypeorm(database, ['migration:revert']);
    expect(exitCode).toBe(0);
    expect(out).toContain(names.at(-1));
    const rows = await database.query('SELECT name FROM migrations ORDER BY id');
    expect(rows.map(({ name }) => name)).toEqual(names.slice(0, -1));
  });

  it('exits with 1 and one line when no server answers', async () => {
    const { exitCode, out, err } = await runTypeorm(database, ['migration:run'], {
      DATABASE_URL: 'postgres://me:secret@127.0.0.1:1/none',
    });
    expect(exitCode).toBe(1);
    expect(out + err).toContain('No PostgreSQL server answers at 127.0.0.1:1');
    expect(out + err).not.toMatch(/secret|\n {4}at /);
  });

  it('exits with 1 and one line when the settings are wrong', async () => {
    await expect(
      runTypeorm(database, ['migration:run'], { DATABASE_POOL_SIZE: 'many' }),
    ).resolves.toEqual({
      exitCode: 1,
      out: '',
      err: 'The database is not configured: DATABASE_POOL_SIZE takes a whole number from 1 to 1000 (connections).\n',
    });
  });
});

describeOnServer('ten processes of npm run typeorm migration:run at once', () => {
  const database = useEmptyDatabase();
  const reference = useDatabase();

  it('all succeed on an empty database: one applies the migrations, nine find nothing to do', async () => {
    const outcomes = await Promise.all(
      Array.from({ length: 10 }, () => runTypeorm(database, ['migration:run'])),
    );
    expect(outcomes.map(({ exitCode }) => exitCode)).toEqual(Array<number>(10).fill(0));
    expect(outcomes.filter(({ out }) => out.includes('executed successfully'))).toHaveLength(1);
    expect(await schemaObjects(database)).toEqual(await schemaObjects(reference));
  }, 180_000);
});
