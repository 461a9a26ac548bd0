import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AuditVerifier, Venue, type DatabaseDataSource } from '@singr/database';
import { create, expectAudit } from '@singr/database/testing';
import { checkSchema } from '../../src/engine/schema/check-schema.js';
import { dataSourceFor } from '../support/data-source.js';
import { describeOnServer, useEmptyDatabase, type TestDatabase } from '../support/database.js';
import { isInstalled } from '../support/programs.js';

const describeWithTools = isInstalled('pg_dump') ? describeOnServer : describe.skip;

const owner = 'backup_owner';
const application = 'backup_app';

/** As docs/deployment.md has it: by the role that owns the tables, which is no superuser. */
describeWithTools('a backup of an audited database', () => {
  const original = useEmptyDatabase();
  const restored = useEmptyDatabase();
  let folder: string;

  /** Does what a superuser does before the owner migrates or restores. */
  const prepare = async (database: TestDatabase) => {
    const name = new URL(database.url).pathname.slice(1);
    await database.query(`ALTER DATABASE "${name}" OWNER TO ${owner}`);
    for (const extension of ['postgis', 'pgcrypto', 'pg_trgm', 'unaccent']) {
      await database.query(`CREATE EXTENSION ${extension}`);
    }
  };

  const urlOf = (database: TestDatabase, role: string) =>
    Object.assign(new URL(database.url), { username: role, password: role }).href;

  const connect = async (database: TestDatabase, role: string): Promise<DatabaseDataSource> => {
    const dataSource = await dataSourceFor({
      ...database.options,
      url: urlOf(database, role),
    }).initialize();
    database.beforeDrop(() => dataSource.destroy());
    return dataSource;
  };

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'singr-backup-'));
    for (const role of [owner, application]) {
      await original.query(`CREATE ROLE ${role} LOGIN PASSWORD '${role}'`);
      // The databases are dropped in the order of their creation, and the roles own things in both.
      restored.afterDrop(`DROP ROLE ${role}`);
    }
    await prepare(original);
    await prepare(restored);
    const dataSource = await connect(original, owner);
    await dataSource.runMigrations();
    await dataSource.query(`SELECT audit.grant_application('${application}')`);
    await create(dataSource, Venue);
  });

  afterAll(() => rmSync(folder, { recursive: true }));

  const run = (program: string, ...words: string[]) => {
    const { status, stderr } = spawnSync(program, words, { encoding: 'utf8' });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  };

  it('is restored by its owner with its trail, and nothing is recorded twice', async () => {
    const file = join(folder, 'singr.dump');
    const skipped = '--exclude-table-data=*.spatial_ref_sys';
    run('pg_dump', '--format=custom', skipped, `--file=${file}`, urlOf(original, owner));
    run(
      'pg_restore',
      ...['--no-owner', '--no-comments', '--exit-on-error'],
      `--dbname=${urlOf(restored, owner)}`,
      file,
    );
    const trail = 'SELECT l::text FROM audit_logs l ORDER BY sequence';
    expect(await restored.query(trail)).toEqual(await original.query(trail));
  });

  it('is complete, and goes on recording where it ended', async () => {
    const dataSource = await connect(restored, owner);
    expect(await new AuditVerifier(dataSource).verify()).toEqual([]);
    expect(await checkSchema(dataSource)).toEqual([]);

    const newest = 'SELECT max(sequence) AS newest FROM audit_logs';
    const [{ newest: before }] = await restored.query(newest);
    const venue = await create(await connect(restored, application), Venue);
    const entry = await expectAudit(dataSource, { of: Venue, id: venue.id, operation: 'INSERT' });
    expect(BigInt(entry.sequence)).toBeGreaterThan(BigInt(before));
  });

  // Another version of the server plans the same query in another way.
  it('is complete on a server that joins tables in another way', async () => {
    const url = `${urlOf(restored, owner)}?options=-c%20enable_hashjoin%3Doff`;
    const dataSource = await dataSourceFor({ ...restored.options, url }).initialize();
    expect(await dataSource.query('SHOW enable_hashjoin')).toEqual([{ enable_hashjoin: 'off' }]);
    expect(await new AuditVerifier(dataSource).verify()).toEqual([]);
    await dataSource.destroy();
  });
});
