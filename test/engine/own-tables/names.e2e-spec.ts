import type { Client } from 'pg';
import { failure } from '../../support/scripted-app.js';
import { useDatabase } from '../../support/database.js';

describe('the name of a table of the application’s own', () => {
  const database = useDatabase();
  let client: Client;

  beforeAll(async () => {
    client = await database.connect();
    await client.query('CREATE SCHEMA crm');
  });

  const attach = async (table: string) => {
    await client.query(`CREATE TABLE ${table} (id integer PRIMARY KEY)`);
    await client.query('SELECT audit.attach($1::regclass)', [table]);
  };
  const entriesOf = async (name: string) =>
    (await client.query('SELECT operation FROM audit_logs WHERE table_name = $1', [name])).rows;

  it('may look like that of another table with its schema', async () => {
    await attach('crm.leads');
    await attach('public.crm_leads');
    await client.query('INSERT INTO crm.leads VALUES (1); INSERT INTO crm_leads VALUES (1), (2)');
    expect(await entriesOf('crm.leads')).toHaveLength(1);
    expect(await entriesOf('crm_leads')).toHaveLength(2);
    await client.query(`SELECT audit.detach('crm_leads')`);
    await client.query('INSERT INTO crm.leads VALUES (2)');
    expect(await entriesOf('crm.leads')).toHaveLength(2);
  });

  it('may have 56 bytes', async () => {
    const name = 'n'.repeat(56);
    await attach(name);
    await client.query(`INSERT INTO ${name} VALUES (1); TRUNCATE ${name}`);
    expect(await entriesOf(name)).toEqual([{ operation: 'INSERT' }, { operation: 'TRUNCATE' }]);
  });

  it.each([
    ['too long', 'n'.repeat(57), /up to 56 bytes/],
    ['too long in letters of two bytes', `"${'ü'.repeat(29)}"`, /up to 56 bytes/],
    ['too long with its schema', `crm.${'n'.repeat(53)}`, /up to 56 bytes/],
    ['one with a dot', '"crm.leads"', /must not have a dot/],
  ])('must not be %s', async (_, table, message) => {
    expect((await failure(attach(table))).message).toMatch(message);
    await client.query(`DROP TABLE ${table}`);
  });
});
