import { Audited, type DatabaseDataSource, Sensitive } from '@singr/database';
import { auditTable } from '@singr/database/migrations';
import { ChildEntity, Column, Entity, PrimaryColumn, TableInheritance } from 'typeorm';
import { AuditVerifier } from '../../../src/engine/audit/verify/audit-verifier.js';
import { checkSensitiveColumns } from '../../../src/engine/schema/check-sensitive-columns.js';
import { dataSourceFor } from '../../support/data-source.js';
import { useDatabase } from '../../support/database.js';

@Audited({ harmless: ['tokenCount'] })
abstract class Base {
  @PrimaryColumn('integer')
  id!: number;

  @Column('integer', { name: 'token_count' })
  tokenCount!: number;

  @Sensitive()
  @Column('text', { name: 'base_secret' })
  baseSecret!: string;
}

class Credentials {
  @Sensitive()
  @Column('text')
  token!: string;
}

@Entity('safes')
class Safe extends Base {
  @Column(() => Credentials)
  credentials!: Credentials;
}

@Entity('parties')
@TableInheritance({ column: { type: 'text', name: 'kind' } })
class Party extends Base {}

@ChildEntity('company')
class Company extends Party {
  @Sensitive()
  @Column('text', { name: 'tax_secret' })
  taxSecret!: string;
}

describe('the decorators of a class', () => {
  const database = useDatabase();
  let dataSource: DatabaseDataSource;

  beforeAll(async () => {
    dataSource = dataSourceFor({ ...database.options, entities: [Safe, Party, Company] });
    await dataSource.initialize();
    database.beforeDrop(() => dataSource.destroy());
    await database.query(
      `CREATE TABLE safes (id integer PRIMARY KEY, token_count integer, base_secret text, "credentialsToken" text)`,
    );
    await database.query(
      `CREATE TABLE parties (id integer PRIMARY KEY, kind text, token_count integer, base_secret text, tax_secret text)`,
    );
  });

  const verify = () => new AuditVerifier(dataSource).verify();
  const attach = (table: string, redact: string[]) =>
    dataSource.transaction(({ queryRunner }) => auditTable(queryRunner!, table, { redact }));

  it('apply to a table whose entity extends an audited one', async () => {
    expect(await verify()).toMatchObject([
      { subject: 'parties', problem: 'is not audited' },
      { subject: 'safes', problem: 'is not audited' },
    ]);
  });

  it('apply to the columns of a base class, an embedded class, and a child of single-table inheritance', async () => {
    await attach('safes', []);
    await attach('parties', []);
    const problems = await verify();
    expect(problems.map(({ remedy }) => remedy).sort()).toEqual([
      `in a migration: SELECT audit.attach('parties', ARRAY['base_secret', 'tax_secret']::text[])`,
      `in a migration: SELECT audit.attach('safes', ARRAY['base_secret', 'credentialsToken']::text[])`,
    ]);
    for (const { remedy } of problems) await database.query(remedy.replace('in a migration: ', ''));
    expect(await verify()).toEqual([]);
    expect(checkSensitiveColumns(dataSource)).toEqual([]);
  });

  it('apply to a renamed table, whose writes are recorded once', async () => {
    await database.query('ALTER TABLE safes RENAME TO vaults');
    await attach('vaults', ['base_secret', 'credentialsToken']);
    await database.query(
      `INSERT INTO vaults VALUES (1, 1, 'a', 'b'); UPDATE vaults SET token_count = 2; DELETE FROM vaults`,
    );
    const entries = await database.query(
      `SELECT table_name AS name, operation FROM audit_logs WHERE table_name IN ('safes', 'vaults')`,
    );
    expect(entries).toEqual(
      ['INSERT', 'UPDATE', 'DELETE'].map((operation) => ({ name: 'vaults', operation })),
    );
    expect(
      await database.query(`SELECT FROM audit.audited_tables WHERE table_name = 'safes'`),
    ).toEqual([]);
  });
});
