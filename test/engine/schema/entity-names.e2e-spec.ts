import type { DataSource, EntityMetadata } from 'typeorm';
import { entities } from '../../../src/domains/entities.js';
import { dataSourceFor } from '../../support/data-source.js';
import { useDatabase } from '../../support/database.js';

/** Names that TypeORM makes up when it is not told one: a prefix and a hash. */
const hashedName = /^(PK|UQ|FK|IDX|REL|CHK|DF|XCL)_[0-9a-f]{10,}$/i;

const database = useDatabase();

describe('the entities', () => {
  let dataSource: DataSource;
  let metadatas: EntityMetadata[];

  beforeAll(async () => {
    dataSource = await dataSourceFor(database.options).initialize();
    database.beforeDrop(() => dataSource.destroy());
    metadatas = dataSource.entityMetadatas;
  });

  it('are all 31 tables, and the database has no other in their schema', async () => {
    const tables = await database.query<{ name: string }>(`
      SELECT relname AS name FROM pg_class c
      WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
        AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass
                        AND objid = c.oid AND deptype = 'e')
        AND NOT EXISTS (SELECT FROM pg_inherits WHERE inhrelid = c.oid)`);
    const expected = metadatas.map(({ tableName }) => tableName);
    expect(expected).toHaveLength(31);
    expect(expected).toHaveLength(entities.length);
    expect(tables.map(({ name }) => name).sort()).toEqual([...expected, 'migrations'].sort());
  });

  it('need no change of the schema, by TypeORM’s own comparison', async () => {
    const { upQueries } = await dataSource.driver.createSchemaBuilder().log();
    expect(upQueries.map(({ query }) => query)).toEqual([]);
  });

  it('have the columns of their tables, of the same nullability', async () => {
    const rows = await database.query<{ name: string; nullable: boolean }>(
      `
      SELECT table_name || '.' || column_name AS name, is_nullable = 'YES' AS nullable
      FROM information_schema.columns
      WHERE table_schema = 'public' AND table_name = ANY ($1)`,
      [metadatas.map(({ tableName }) => tableName)],
    );
    const declared = metadatas.flatMap(({ tableName, columns }) =>
      columns.map(({ databaseName, isNullable }) => ({
        name: `${tableName}.${databaseName}`,
        nullable: isNullable,
      })),
    );
    const byName = (a: { name: string }, b: { name: string }) => (a.name < b.name ? -1 : 1);
    expect(declared.sort(byName)).toEqual(rows.sort(byName));
  });

  it('name their primary keys, uniques and foreign keys as the database does', async () => {
    const rows = await database.query<{ name: string }>(
      `
      SELECT conrelid::regclass || '.' || conname AS name FROM pg_constraint
      WHERE contype IN ('p', 'u', 'f') AND connamespace = 'public'::regnamespace
        AND conparentid = 0 AND conrelid::regclass::text = ANY ($1)`,
      [metadatas.map(({ tableName }) => tableName)],
    );
    const declared = metadatas.flatMap((metadata) =>
      [
        ...new Set(
          metadata.primaryColumns.map(({ primaryKeyConstraintName }) => primaryKeyConstraintName),
        ),
        // A one-to-one's unique has TypeORM's name in the metadata only; the database has the given one.
        ...metadata.uniques.map(({ name }) => name).filter((name) => !name.startsWith('REL_')),
        ...metadata.foreignKeys.map(({ name }) => name),
      ].map((name) => `${metadata.tableName}.${name}`),
    );
    expect(declared.sort()).toEqual(rows.map(({ name }) => name).sort());
  });

  it('name every index that they declare as the database does', async () => {
    const rows = await database.query<{ name: string }>(
      `SELECT tablename || '.' || indexname AS name FROM pg_indexes WHERE schemaname = 'public'`,
    );
    const existing = new Set(rows.map(({ name }) => name));
    const missing = metadatas
      .flatMap(({ tableName, indices }) => indices.map(({ name }) => `${tableName}.${name}`))
      .filter((name) => !existing.has(name));
    expect(missing).toEqual([]);
  });

  it('have the ON DELETE and ON UPDATE rules of the database', async () => {
    const rows = await database.query(
      `
      SELECT conname AS name, confrelid::regclass::text AS target,
             rule(confdeltype) AS "onDelete", rule(confupdtype) AS "onUpdate"
      FROM pg_constraint
      WHERE contype = 'f' AND connamespace = 'public'::regnamespace AND conparentid = 0`.replaceAll(
        /rule\((\w+)\)/g,
        `CASE $1 WHEN 'a' THEN 'NO ACTION' WHEN 'r' THEN 'RESTRICT' WHEN 'c' THEN 'CASCADE' WHEN 'n' THEN 'SET NULL' END`,
      ),
    );
    const declared = metadatas.flatMap(({ foreignKeys }) =>
      foreignKeys.map(({ name, referencedTablePath, onDelete, onUpdate }) => ({
        name,
        target: referencedTablePath,
        onDelete: onDelete ?? 'NO ACTION',
        onUpdate: onUpdate ?? 'NO ACTION',
      })),
    );
    const byName = (a: { name: string }, b: { name: string }) => (a.name < b.name ? -1 : 1);
    expect(declared.sort(byName)).toEqual(rows.sort(byName));
  });

  it('have both sides of every relation', () => {
    const oneSided = metadatas.flatMap(({ name, relations }) =>
      relations
        .filter(({ inverseRelation }) => inverseRelation === undefined)
        .map(({ propertyName }) => `${name}.${propertyName}`),
    );
    expect(oneSided).toEqual([]);
  });
});

describe('the schema', () => {
  it('has no name that is a hash', async () => {
    const rows = await database.query<{ name: string }>(`
      SELECT conname AS name FROM pg_constraint WHERE conrelid::regclass::text <> 'migrations'
      UNION SELECT indexname FROM pg_indexes WHERE tablename <> 'migrations'
      UNION SELECT tgname FROM pg_trigger WHERE NOT tgisinternal`);
    expect(rows.map(({ name }) => name).filter((name) => hashedName.test(name))).toEqual([]);
  });

  it('has an index for every foreign key, so that a delete of its target need not scan the table', async () => {
    const bare = await database.query(`
      SELECT conname FROM pg_constraint c
      WHERE contype = 'f' AND connamespace = 'public'::regnamespace AND NOT EXISTS (
        SELECT FROM pg_index i
        WHERE i.indrelid = c.conrelid AND i.indpred IS NULL
          AND (i.indkey::int2[])[0:cardinality(c.conkey) - 1] @> c.conkey
          AND (i.indkey::int2[])[0:cardinality(c.conkey) - 1] <@ c.conkey)`);
    expect(bare).toEqual([]);
  });

  it('has a trigger for updated_at on all tables with the column', async () => {
    const rows = await database.query(`
      SELECT c.relname, a.attname IS NOT NULL AS has_column, t.tgname IS NOT NULL AS has_trigger
      FROM pg_class c
      LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'updated_at'
      LEFT JOIN pg_trigger t ON t.tgrelid = c.oid AND t.tgname = c.relname || '_set_updated_at'
      WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
        AND (a.attname IS NULL) <> (t.tgname IS NULL)`);
    expect(rows).toEqual([]);
  });
});
