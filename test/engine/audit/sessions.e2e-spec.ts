import { AuditService, Venue } from '@singr/database';
import { describeOnServer, useDatabase } from '../../support/database.js';
import { createTestApp } from '../../support/test-app.js';
import { useTrail } from './trail-app.js';

/** Settings that a role, a database or a proxy may make for an application's sessions. */
const hostile = [
  `datestyle = 'German'`,
  `intervalstyle = 'sql_standard'`,
  `extra_float_digits = '-15'`,
  `bytea_output = 'escape'`,
  `timezone = 'America/St_Johns'`,
  'standard_conforming_strings = off',
  'quote_all_identifiers = on',
];

describeOnServer('sessions that begin with other settings', () => {
  const database = useDatabase();
  const trail = useTrail(database);

  beforeAll(async () => {
    await trail.plant();
    const [{ name }] = (await database.query('SELECT current_database() AS name')) as [
      { name: string },
    ];
    for (const setting of hostile) await database.query(`ALTER DATABASE "${name}" SET ${setting}`);
  });

  it('read times and numbers as they are', async () => {
    const { dataSource } = await createTestApp(database);
    const [row] = await dataSource.read<Record<string, unknown>>(
      `SELECT '2026-02-01 12:00:00.5+00'::timestamptz AS at, '2026-02-01 12:00'::timestamp AS local,
              decode('00ff', 'hex') AS bytes, '0.1'::float8 + '0.2'::float8 AS number,
              '-1 day 02:00'::interval AS span`,
    );
    expect(row).toMatchObject({
      at: new Date('2026-02-01T12:00:00.500Z'),
      local: new Date(2026, 1, 1, 12),
      bytes: Buffer.from([0, 255]),
      number: 0.1 + 0.2,
      span: { days: -1, hours: 2 },
    });
    const venues = await dataSource.getRepository(Venue).find();
    expect(venues[0]!.createdAt).toBeInstanceOf(Date);
  });

  it('and write the same trail as other sessions', async () => {
    const app = await createTestApp(database);
    const [before] = await app.dataSource.getRepository(Venue).find();
    const { now } = (
      await app.dataSource.read<{ now: string }>(
        `SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS now`,
      )
    )[0]!;
    const id = await trail.run(`UPDATE venues SET name = 'changed', location = 'POINT(0.1 0.2)'`);
    const audit = app.get(AuditService);
    expect(await audit.asOf(Venue, before!.id, now)).toEqual(before);
    await audit.undoTransaction(id);
    expect(await app.dataSource.getRepository(Venue).findOneBy({ id: before!.id })).toMatchObject({
      name: before!.name,
    });
  });
});
