import type { DatabaseDataSource } from '../transaction/database.data-source.js';
import type { SchemaFinding } from './schema-finding.js';

/** An index that an interrupted CREATE INDEX CONCURRENTLY or REINDEX CONCURRENTLY left behind. */
export interface InvalidIndex {
  /** As SQL names it. */
  readonly name: string;
  readonly table: string;
  /** Whether it is a copy that REINDEX CONCURRENTLY made, beside the index itself. */
  readonly isCopy: boolean;
}

/**
 * Finds the invalid indexes, other than those that are being built and those of `otherTables`. Queries do not use
 * an invalid index, but each write maintains it, and a unique one refuses duplicates.
 */
export async function findInvalidIndexes(database: DatabaseDataSource): Promise<InvalidIndex[]> {
  return database.read<InvalidIndex>(
    `SELECT i.indexrelid::regclass::text AS name, i.indrelid::regclass::text AS "table",
            c.relname ~ '_cc(new|old)[0-9]*$' AS "isCopy"
     FROM pg_index i
     JOIN pg_class c ON c.oid = i.indexrelid
     JOIN pg_class t ON t.oid = i.indrelid
     WHERE NOT i.indisvalid AND c.relkind = 'i' AND t.relnamespace::regnamespace::text !~ '^pg_'
       AND t.relname <> ALL ($1)
       AND NOT EXISTS (SELECT FROM pg_stat_progress_create_index p WHERE p.index_relid = i.indexrelid)
     ORDER BY 1`,
    [database.config.host.otherTables],
  );
}

/** Finds the invalid indexes for `singr-db check`. */
export async function checkInvalidIndexes(database: DatabaseDataSource): Promise<SchemaFinding[]> {
  const indexes = await findInvalidIndexes(database);
  return indexes.map(({ name, table }) => ({
    check: 'indexes',
    problem: `The index ${name} of ${table} is invalid: CREATE INDEX CONCURRENTLY or REINDEX CONCURRENTLY was interrupted.`,
    remedy: 'Build it again: npx singr-db migrate.',
  }));
}

/**
 * Builds an invalid index again without blocking writes, or drops it if it is a copy that REINDEX CONCURRENTLY
 * left behind.
 *
 * @throws QueryFailedError when it cannot be built, for example because rows have the same value (23505)
 */
export async function rebuildIndex(
  database: DatabaseDataSource,
  { name, isCopy }: InvalidIndex,
): Promise<void> {
  const queryRunner = database.createMigrationQueryRunner();
  try {
    await queryRunner.query(
      isCopy ? `DROP INDEX CONCURRENTLY ${name}` : `REINDEX INDEX CONCURRENTLY ${name}`,
    );
  } finally {
    await queryRunner.release();
  }
}
