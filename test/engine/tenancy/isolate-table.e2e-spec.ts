import {
  ActorContext,
  TenantContext,
  type DatabaseDataSource,
  type Tenants,
} from '@singr/database';
import {
  auditTable,
  isolateSingrTables,
  isolateTable,
  renameAudited,
  renameAuditedTable,
  unauditTable,
  unisolateSingrTables,
  unisolateTable,
} from '@singr/database/migrations';
import type { QueryRunner } from 'typeorm';
import { AuditVerifier } from '../../../src/engine/audit/verify/audit-verifier.js';
import { dataSourceFor } from '../../support/data-source.js';
import { isEmbedded, useDatabase } from '../../support/database.js';

/** Tenants by number, by text, and by what a parent's parent has; people by number. */
const tables = `
  CREATE TABLE firms (firm_id integer PRIMARY KEY, boss integer);
  CREATE TABLE desks (desk_id bigint PRIMARY KEY, firm integer NOT NULL REFERENCES firms, name text);
  CREATE TABLE papers (paper_id bigint PRIMARY KEY, desk bigint REFERENCES desks, author bigint);
  CREATE TABLE people (person_id bigint PRIMARY KEY, account integer NOT NULL);
  CREATE TABLE notes (note_id bigint PRIMARY KEY, circle text NOT NULL);
  INSERT INTO firms SELECT n, n FROM generate_series(1, 3) AS n;
  INSERT INTO people SELECT n, n FROM generate_series(1, 3) AS n;
  INSERT INTO desks SELECT n, 1 + n % 3, 'desk' FROM generate_series(1, 9) AS n;
  INSERT INTO papers SELECT n, 1 + n % 9, 1 + n % 2 FROM generate_series(1, 18) AS n;
  INSERT INTO papers VALUES (100, NULL, 3);
  INSERT INTO notes VALUES (1, 'a'), (2, 'b "quoted"'), (3, 'c{},'), (4, '*')`;

describe('isolateTable()', () => {
  const database = useDatabase();
  const role = `isolated_${process.pid}_${Date.now()}`;
  let owner: DatabaseDataSource;
  let restricted: DatabaseDataSource;

  const asOwner = (work: (queryRunner: QueryRunner) => Promise<unknown>) =>
    owner.transaction((manager) => work(manager.queryRunner!));
  const problems = () => new AuditVerifier(owner).verify();

  beforeAll(async () => {
    owner = dataSourceFor({ ...database.options, otherTables: [] });
    await owner.initialize();
    for (const statement of tables.split(';')) await owner.query(statement);
    await asOwner(async (queryRunner) => {
      await auditTable(queryRunner, 'firms', { tenant: 'firm_id' });
      await auditTable(queryRunner, 'desks', { tenant: 'firm' });
      await auditTable(queryRunner, 'papers', { tenant: { column: 'desk', of: 'desks' } });
      await auditTable(queryRunner, 'people');
      await auditTable(queryRunner, 'notes', { tenant: 'circle' });
      await queryRunner.query(`CREATE ROLE ${role}`);
      await queryRunner.query(`SELECT audit.grant_application('${role}')`);
      await isolateSingrTables(queryRunner);
      await isolateTable(queryRunner, 'firms');
      await isolateTable(queryRunner, 'desks', { public: true, searchable: true });
      await isolateTable(queryRunner, 'papers', {
        owners: [{ column: 'author', of: 'people', user: 'account' }],
      });
      await isolateTable(queryRunner, 'notes');
    });
    if (!isEmbedded) database.afterDrop(`DROP ROLE ${role}`);
    restricted = dataSourceFor({ ...database.options, tenancy: { role } });
    await restricted.initialize();
    database.beforeDrop(async () => {
      await restricted.destroy();
      await owner.destroy();
    });
  });

  const read = async (tenants: Tenants | undefined, sql: string, userId = '77') => {
    const query = () => ActorContext.run({ userId }, () => restricted.query<{ id: string }[]>(sql));
    const rows = await (tenants === undefined ? query() : TenantContext.run(tenants, query));
    return rows.map(({ id }) => String(id)).sort();
  };
  const desks = 'SELECT desk_id AS id FROM desks';
  const papers = 'SELECT paper_id AS id FROM papers';
  const notes = 'SELECT note_id AS id FROM notes';
  const count = async (tenants: Tenants | undefined, sql: string, userId?: string) =>
    (await read(tenants, sql, userId)).length;

  it('restricts rows by a number, and all but bound callers read public ones', async () => {
    expect(await read(['2'], desks)).toEqual(['1', '4', '7']);
    expect(await read(['2'], 'SELECT desk_id AS id FROM audit.visible_desks')).toEqual([
      '1',
      '4',
      '7',
    ]);
    expect(await count([], desks)).toBe(9);
    expect(await count('all', desks)).toBe(9);
    expect(await count(undefined, desks)).toBe(0);
  });

  it('restricts rows by a text, whatever characters it has', async () => {
    expect(await read(['b "quoted"'], notes)).toEqual(['2']);
    expect(await read(['c{},', 'a'], notes)).toEqual(['1', '3']);
    // The id "*" and the word "all" are ids in a list.
    expect(await read(['*'], notes)).toEqual(['4']);
    expect(await read(['all'], notes)).toEqual([]);
    expect(await count('all', notes)).toBe(4);
    expect(await count(undefined, notes)).toBe(0);
  });

  it('restricts the rows of children, shows owners theirs, and everybody those of no parent', async () => {
    expect(await count(['2'], papers)).toBe(6 + 1);
    expect(await count([], papers, '1')).toBe(9 + 1);
    expect(await count(['2'], papers, '1')).toBe(6 + 9 - 3 + 1);
    expect(await count('all', papers)).toBe(19);
    expect(await count(undefined, papers, '1')).toBe(0);
  });

  it('fails instead of returning rows when an id is no value of the column', async () => {
    await expect(read(['nonsense'], desks)).rejects.toMatchObject({ code: '22P02' });
  });

  it('keeps isolating after a rename of columns and tables', async () => {
    await asOwner(async (queryRunner) => {
      await renameAudited(queryRunner, 'desks', 'firm', 'firm_of');
      await renameAudited(queryRunner, 'papers', 'author', 'writer');
      await renameAuditedTable(queryRunner, 'desks', 'tables');
      await renameAuditedTable(queryRunner, 'people', 'persons');
    });
    expect(await read(['2'], 'SELECT desk_id AS id FROM tables')).toEqual(['1', '4', '7']);
    expect(await count(['2'], 'SELECT desk_id AS id FROM audit.visible_tables')).toBe(3);
    expect(await count(['2'], papers, '1')).toBe(6 + 9 - 3 + 1);
    expect(await problems()).toEqual([]);
    const moved = await owner.query<{ tenant_id: string }[]>(
      `WITH written AS (UPDATE papers SET writer = 3 WHERE paper_id = 1 RETURNING 1)
       SELECT (SELECT count(*) FROM written)`,
    );
    expect(moved).toHaveLength(1);
    const [entry] = await owner.query<{ tenant_id: string }[]>(
      `SELECT tenant_id FROM audit_logs WHERE table_name = 'papers' AND operation = 'UPDATE' ORDER BY sequence DESC LIMIT 1`,
    );
    expect(entry).toEqual({ tenant_id: '3' });
    await asOwner(async (queryRunner) => {
      await renameAuditedTable(queryRunner, 'persons', 'people');
      await renameAuditedTable(queryRunner, 'tables', 'desks');
      await renameAudited(queryRunner, 'papers', 'writer', 'author');
      await renameAudited(queryRunner, 'desks', 'firm_of', 'firm');
    });
    expect(await read(['2'], desks)).toEqual(['1', '4', '7']);
  });

  it('refuses a table without a tenant, and a circle of parents', async () => {
    await expect(asOwner((queryRunner) => isolateTable(queryRunner, 'people'))).rejects.toThrow(
      /people has no tenant to isolate/,
    );
    await expect(
      asOwner((queryRunner) =>
        auditTable(queryRunner, 'desks', { tenant: { column: 'desk_id', of: 'papers' } }),
      ),
    ).rejects.toThrow(/desks cannot have the tenant of \S*papers/);
    await expect(
      asOwner((queryRunner) => auditTable(queryRunner, 'notes', { tenant: 'nothing' })),
    ).rejects.toThrow(/notes has no column/);
  });

  describe('is verified', () => {
    const mendable = async (breakIt: string, problem: RegExp) => {
      await owner.query(breakIt);
      const found = await problems();
      expect(found.map((one) => `${one.subject} ${one.problem}`).join('\n')).toMatch(problem);
      for (const { remedy } of found) await owner.query(remedy.replace(/^in a migration: /, ''));
    };

    it.each([
      ['ALTER TABLE desks DISABLE ROW LEVEL SECURITY', /^desks has other policies/m],
      ['CREATE POLICY open ON notes USING (true)', /^notes has the policy open besides/m],
      ['DROP POLICY tenant_delete ON papers', /^papers has other policies/m],
      ['DROP VIEW audit.visible_desks', /^desks lacks its view/m],
      ['ALTER TABLE audit_logs DISABLE ROW LEVEL SECURITY', /^audit_logs is not isolated/m],
      [`SELECT audit.unisolate('papers')`, /^papers has a tenant, and no policies/m],
      [
        `CREATE TABLE lamps (lamp_id integer PRIMARY KEY, firm_id integer REFERENCES firms);
         SELECT audit.attach('lamps')`,
        /^lamps refers to the tenant in firms, and declares none/m,
      ],
    ])('%s', async (breakIt, problem) => {
      await mendable(breakIt, problem);
    });

    it('and nothing is left when the remedies were carried out', async () => {
      expect(await problems()).toEqual([]);
    });

    it('a role of the application that policies do not apply to', async () => {
      await owner.query(`ALTER ROLE ${role} BYPASSRLS`);
      expect(await problems()).toMatchObject([
        { subject: role, problem: expect.stringContaining('is not restricted by the policies') },
      ]);
      await expect(
        dataSourceFor({ ...database.options, tenancy: { role } }).initialize(),
      ).rejects.toMatchObject({ code: 'TENANCY_NOT_ENFORCED' });
      await owner.query(`ALTER ROLE ${role} NOBYPASSRLS`);
    });
  });

  it('is undone by unisolateTable()', async () => {
    await asOwner(async (queryRunner) => {
      for (const table of ['lamps', 'papers', 'desks', 'notes', 'firms']) {
        await unisolateTable(queryRunner, table);
        await unauditTable(queryRunner, table);
      }
      await unisolateSingrTables(queryRunner);
      await unauditTable(queryRunner, 'people');
      await queryRunner.query('DROP TABLE lamps, papers, desks, notes, people, firms');
    });
    const [left] = await owner.query<Record<string, string>[]>(
      `SELECT (SELECT count(*) FROM pg_policy) AS policies, (SELECT count(*) FROM audit.isolated_tables) AS tables,
         (SELECT count(*) FROM pg_proc WHERE proname ~ '^(keys|has|own)_' AND pronamespace = 'audit'::regnamespace) AS functions,
         (SELECT count(*) FROM pg_views WHERE schemaname = 'audit') AS views`,
    );
    expect(left).toEqual({ policies: '0', tables: '0', functions: '0', views: '0' });
    await expect(
      dataSourceFor({ ...database.options, tenancy: { role } }).initialize(),
    ).rejects.toMatchObject({ code: 'TENANCY_NOT_ENFORCED' });
  });
});
