import type { Client } from 'pg';
import { describeOnEmbedded, useDatabase } from '../../support/database.js';

describeOnEmbedded('the embedded engine, after a statement that fails', () => {
  const database = useDatabase();
  let client: Client;

  beforeAll(async () => {
    client = await database.connect();
    await client.query('CREATE TABLE failing (id integer PRIMARY KEY, name text NOT NULL)');
  });

  it.each<[string, string, unknown[]]>([
    ['while it is parsed', 'SELECT no_such_function($1)', ['x']],
    ['while it is bound', 'SELECT $1::integer', ['x']],
    ['while it is carried out', 'INSERT INTO failing VALUES (1, $1)', [null]],
    ['in the middle of its rows', 'SELECT 1 / ($1::integer - n) FROM generate_series(1, 9) n', [5]],
  ])('%s, returns the right results of later statements', async (_when, sql, parameters) => {
    const failing = client.query(sql, parameters).catch((error: Error) => error);
    const following = Array.from({ length: 5 }, (_, number) =>
      client.query('SELECT $1::integer AS number', [number]),
    );
    expect(await failing).toBeInstanceOf(Error);
    for (const [number, answer] of following.entries()) {
      expect((await answer).rows).toEqual([{ number }]);
    }
  });

  it('falls back to a savepoint as a server does', async () => {
    await client.query('BEGIN');
    await client.query('SAVEPOINT attempt');
    await expect(client.query('INSERT INTO failing VALUES (1, $1)', [null])).rejects.toThrow(
      'null',
    );
    await client.query('ROLLBACK TO attempt');
    await client.query('INSERT INTO failing VALUES (1, $1)', ['x']);
    await client.query('COMMIT');
    const { rows } = await client.query('SELECT name FROM failing WHERE id = $1', [1]);
    expect(rows).toEqual([{ name: 'x' }]);
  });

  it.each([
    ['COPY failing FROM STDIN', undefined],
    ['SELECT 1; /* rows */ copy failing (id, name)\n from stdin with (format csv)', undefined],
    ['-- rows\nCOPY failing FROM STDIN', []],
  ])('refuses COPY FROM STDIN, which would end it: %j', async (sql, parameters) => {
    await client.query('BEGIN');
    await expect(client.query(sql, parameters)).rejects.toMatchObject({
      code: '0A000',
      hint: 'INSERT the rows, or use a PostgreSQL server.',
    });
    await expect(client.query('SELECT 1')).rejects.toMatchObject({ code: '25P02' });
    await client.query('ROLLBACK');
    const { rows } = await client.query(`SELECT 'copy failing from stdin' AS text`);
    expect(rows).toEqual([{ text: 'copy failing from stdin' }]);
  });
});
