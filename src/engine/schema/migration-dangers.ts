import type { QueryRunner } from 'typeorm';
import type { PlannedLock } from './plan-migrations.js';

/** What PostgreSQL's catalogs have of a table. */
export interface TableState {
  readonly id: string;
  readonly name: string;
  /** Changes when the table is rewritten. */
  readonly file: string;
  /** By number, which stays when a column is renamed. */
  readonly columns: Readonly<
    Record<string, { name: string; required: boolean; hasDefault: boolean }>
  >;
  /** How many indexes it has. */
  readonly indexes: number;
  /** Names of validated constraints, other than NOT NULL. */
  readonly constraints: readonly string[];
}

/** Reads the tables with the given ids, or all tables outside PostgreSQL's own schemas. */
export async function readTables(
  queryRunner: QueryRunner,
  ids?: readonly string[],
): Promise<Map<string, TableState>> {
  const tables = (await queryRunner.query(
    `SELECT c.oid::text AS id, c.oid::regclass::text AS name, c.relfilenode::text AS file,
            (SELECT coalesce(jsonb_object_agg(a.attnum, jsonb_build_object(
                      'name', a.attname, 'required', a.attnotnull, 'hasDefault', a.atthasdef OR a.attidentity <> '')), '{}')
             FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns,
            (SELECT count(*)::int FROM pg_index i WHERE i.indrelid = c.oid) AS indexes,
            ARRAY(SELECT n.conname::text FROM pg_constraint n WHERE n.conrelid = c.oid AND n.convalidated AND n.contype <> 'n') AS constraints
     FROM pg_class c
     WHERE c.relkind IN ('r', 'p') AND c.relnamespace::regnamespace::text !~ '^(pg_|information_schema$)'
       AND ($1::text[] IS NULL OR c.oid::text = ANY ($1))`,
    [ids ?? null],
  )) as TableState[];
  return new Map(tables.map((table) => [table.id, table]));
}

/**
 * The well-known dangers of a statement, by what it changed.
 *
 * @param held the locks that its transaction holds after it
 */
export function dangersOf(
  before: ReadonlyMap<string, TableState>,
  after: ReadonlyMap<string, TableState>,
  held: readonly PlannedLock[],
): string[] {
  return [...before.values()].flatMap((old) => {
    const table = after.get(old.id);
    if (table === undefined) {
      return [`drops the table ${old.name}: an old version of the application fails`];
    }
    return [
      ...dangersToOldVersion(old, table),
      ...dangersToTraffic(
        old,
        table,
        held.filter((lock) => lock.table === table.name).map(({ mode }) => mode),
      ),
    ];
  });
}

function dangersToOldVersion(old: TableState, table: TableState): string[] {
  const fails = 'an old version of the application fails';
  const found = Object.entries(old.columns).flatMap(([number, { name }]) => {
    const column = table.columns[number];
    if (column === undefined) return [`drops the column ${name} of ${table.name}: ${fails}`];
    if (column.name === name) return [];
    return [`renames the column ${name} of ${table.name} to ${column.name}: ${fails}`];
  });
  if (old.name !== table.name)
    found.push(`renames the table ${old.name} to ${table.name}: ${fails}`);
  for (const [number, { name, required, hasDefault }] of Object.entries(table.columns)) {
    if (!(number in old.columns) && required && !hasDefault) {
      found.push(
        `adds the required column ${name} to ${table.name} without a default: it fails if there are rows, and ${fails}`,
      );
    }
  }
  return found;
}

function dangersToTraffic(old: TableState, table: TableState, modes: readonly string[]): string[] {
  const blocks = modes.includes('AccessExclusiveLock') ? 'reads and writes' : 'writes';
  const found: string[] = [];
  if (old.file !== table.file)
    found.push(`rewrites ${table.name}, and blocks reads and writes for that time`);
  else if (table.indexes > old.indexes && modes.includes('ShareLock')) {
    found.push(
      `builds an index of ${table.name}, and blocks writes for that time: use CREATE INDEX CONCURRENTLY with transaction = false`,
    );
  }
  const added = table.constraints.filter((name) => !old.constraints.includes(name));
  if (added.length > 0) {
    found.push(
      `checks all rows of ${table.name} for ${added.join(', ')}, and blocks ${blocks} for that time: add it NOT VALID, and validate it in a later migration; build a unique index CONCURRENTLY first`,
    );
  }
  const required = Object.entries(table.columns).filter(
    ([number, { required: is }]) => is && old.columns[number]?.required === false,
  );
  for (const [, { name }] of required) {
    found.push(
      `reads all rows of ${table.name} to make ${name} NOT NULL, and blocks reads and writes for that time, unless a validated CHECK proves it`,
    );
  }
  return found;
}
