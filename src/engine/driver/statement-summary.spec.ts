import { summarize } from './statement-summary.js';

describe('the summary of a statement', () => {
  it.each([
    ['SELECT "v"."id" FROM "venues" "v" WHERE "v"."id" = $1', 'SELECT venues', 'venues'],
    [
      'INSERT INTO "venues"("id", "name") VALUES (DEFAULT, $1) RETURNING "id"',
      'INSERT venues',
      'venues',
    ],
    [
      'UPDATE "audit"."renames" SET "a" = $1 WHERE "id" IN ($2)',
      'UPDATE audit.renames',
      'audit.renames',
    ],
    ['DELETE FROM songdb WHERE id = $1', 'DELETE songdb', 'songdb'],
    ['select * from a, "b" AS bb, c x where 1=1', 'SELECT a b c', undefined],
    ['SELECT * FROM a LEFT JOIN b ON a.id = b.id', 'SELECT a b', undefined],
    ['INSERT INTO a SELECT * FROM b', 'INSERT a SELECT b', undefined],
    ['INSERT INTO a (id) VALUES ($1) ON CONFLICT (id) DO UPDATE SET id = $1', 'INSERT a', 'a'],
    ['SELECT id FROM a WHERE id = $1 FOR NO KEY UPDATE', 'SELECT a', 'a'],
    ['WITH old AS (SELECT id FROM a) DELETE FROM b USING old', 'SELECT a DELETE b', undefined],
    ['SELECT extract(epoch FROM now()), a IS DISTINCT FROM b FROM c', 'SELECT c', 'c'],
    ['SELECT * FROM generate_series(1, 3) AS i', 'SELECT', undefined],
    ['CREATE INDEX CONCURRENTLY i ON a (b)', 'CREATE INDEX', undefined],
    ['TRUNCATE TABLE a', 'TRUNCATE a', 'a'],
    ['REVOKE ALL ON a FROM PUBLIC', 'REVOKE', undefined],
    ['COMMIT', 'COMMIT', undefined],
    ['', 'UNKNOWN', undefined],
  ])('%s', (sql, summary, table) => {
    expect(summarize(sql)).toMatchObject({ summary, table });
  });

  it('says whether rows are written', () => {
    const writes = ['SELECT 1', 'WITH x AS (DELETE FROM a RETURNING id) SELECT * FROM x', 'COMMIT'];
    expect(writes.map((sql) => summarize(sql).writes)).toEqual([false, true, false]);
  });

  it('has a text without literals and comments', () => {
    const sql = `SELECT 'it''s', E'a\\'b', $$x$y$$, $t$ secret $$ $t$, U&'d', 12.5e3, .5, 0x1F, a1, $1, "a 'b'" -- gone
      /* gone /* too */ */ FROM t2 WHERE b = -42`;
    expect(summarize(sql).text).toBe(
      `SELECT ?, ?, ?, ?, ?, ?, ?, ?, a1, $1, "a 'b'" FROM t2 WHERE b = -?`,
    );
  });

  it('hides a string that does not end', () => {
    expect(summarize(`SELECT 'my secret`).text).toBe('SELECT ?');
    expect(summarize(`SELECT $a$my secret`).text).toBe('SELECT ?');
  });

  it('is short, and has whole words', () => {
    const tables = Array.from({ length: 100 }, (_, i) => `table_${i}`).join(', ');
    const { summary, text } = summarize(`SELECT * FROM ${tables}, ${'x'.repeat(5000)}`);
    expect(summary).toMatch(/ table_\d+$/);
    expect(summary.length).toBeLessThanOrEqual(255);
    expect(text.length).toBeLessThanOrEqual(2001);
  });

  it('is the same object for the same text', () => {
    expect(summarize('SELECT 1')).toBe(summarize('SELECT 1'));
  });
});
