import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AuditVerifier, Venue } from '@singr/database';
import { create, expectAudit } from '@singr/database/testing';
import { checkSchema } from '../../src/engine/schema/check-schema.js';
import { dataSourceFor } from '../support/data-source.js';
import { describeOnServer, useEmptyDatabase } from '../support/database.js';
import { isInstalled } from '../support/programs.js';
import { useTestDatabase } from '../testing/use-test-database.js';

const describeWithTools = isInstalled('pg_dump') ? describeOnServer : describe.skip;

/** As docs/deployment.md has it. */
describeWithTools('a backup of an audited database', () => {
  const original = useTestDatabase({ seed: true });
  const restored = useEmptyDatabase();
  let folder: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'singr-backup-'));
  });

  afterAll(() => rmSync(folder, { recursive: true }));

  const run = (program: string, ...words: string[]) => {
    const { status, stderr } = spawnSync(program, words, { encoding: 'utf8' });
    expect({ status, stderr }).toMatchObject({ status: 0 });
  };

  it('is restored with its trail, and nothing is recorded twice', async () => {
    const file = join(folder, 'singr.dump');
    run('pg_dump', '--format=custom', `--file=${file}`, original().url);
    run('pg_restore', '--no-owner', `--dbname=${restored.url}`, file);

    const trail = 'SELECT l::text FROM audit_logs l ORDER BY sequence';
    expect(await restored.query(trail)).toEqual(await original().query(trail));
  });

  it('is complete, and goes on recording where it ended', async () => {
    const dataSource = await dataSourceFor(restored.options).initialize();
    restored.beforeDrop(() => dataSource.destroy());
    expect(await new AuditVerifier(dataSource).verify()).toEqual([]);
    expect(await checkSchema(dataSource)).toEqual([]);

    const newest = 'SELECT max(sequence) AS newest FROM audit_logs';
    const [{ newest: before }] = await restored.query(newest);
    const venue = await create(dataSource, Venue);
    const entry = await expectAudit(dataSource, { of: Venue, id: venue.id, operation: 'INSERT' });
    expect(BigInt(entry.sequence)).toBeGreaterThan(BigInt(before));
  });
});
