import pg from 'pg';
import { DataSource } from 'typeorm';
import { useDatabase } from '../../support/database.js';
import { createTestApp, type TestApp } from '../../support/test-app.js';

const database = useDatabase();
let app: TestApp;

beforeAll(async () => {
  app = await createTestApp(database);
});

const read = pg.types.getTypeParser(pg.types.builtins.TIMESTAMPTZ);

it.each([
  '2026-02-28 23:59:59.999999+00',
  '2026-02-28 23:59:59.1+05:30',
  '1969-12-31 23:59:59-11',
  '0044-03-15 12:00:00+00 BC',
  '0099-01-01 00:00:00+00',
  '12026-01-01 00:00:00+00',
  'infinity',
  '-infinity',
])('%s is parsed as by the driver', async (text) => {
  const [row] = await app
    .get(DataSource)
    .query<{ time: unknown; text: string }[]>(
      `SELECT time, time::text AS text FROM (SELECT $1::timestamptz AS time) AS t`,
      [text],
    );
  expect(row!.time).toEqual(read(row!.text));
});
