import { SchemaConflictError } from '@singr/database';
import { failure } from '../../support/scripted-app.js';
import { dataSourceFor } from '../../support/data-source.js';
import { useEmptyDatabase } from '../../support/database.js';

const database = useEmptyDatabase();

describe('an existing object that the package’s migrations create', () => {
  it.each([
    ['a table', 'CREATE TABLE users (id integer)', 'DROP TABLE users', /"users" already exists/],
    [
      'a type',
      `CREATE TYPE api_key_status AS ENUM ('a')`,
      'DROP TYPE api_key_status',
      /"api_key_status"/,
    ],
    ['a schema', 'CREATE SCHEMA audit', 'DROP SCHEMA audit', /"audit"/],
    [
      'a function',
      `CREATE FUNCTION set_updated_at() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'`,
      'DROP FUNCTION set_updated_at',
      /"set_updated_at"/,
    ],
  ])('is reported, and not changed: %s', async (_, create, drop, named) => {
    await database.query(create);
    const error = await failure(dataSourceFor({ ...database.options, migrate: true }).initialize());
    expect(error).toBeInstanceOf(SchemaConflictError);
    expect(error.message).toMatch(named);
    expect(error.message).toMatch('SET SCHEMA');
    await database.query(drop);
  });

  it('is no problem after it was dropped', async () => {
    const dataSource = await dataSourceFor({ ...database.options, migrate: true }).initialize();
    expect(await dataSource.pendingMigrations()).toEqual([]);
    await dataSource.destroy();
  });
});
