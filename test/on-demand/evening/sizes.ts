import type { DatabaseDataSource } from '../../../src/index.js';

/**
 * Prints the bytes of an entry, a request and a song, on disk with their indexes, and the shares of the tables in the
 * entries of the evening.
 *
 * @param before the `sequence` of the last entry before the evening
 */
export async function printSizes(database: DatabaseDataSource, before: string): Promise<void> {
  await database.query('VACUUM ANALYZE');
  for (const table of ['audit_logs', 'requests', 'songdb']) {
    const [{ rows, heap, indexes }] = await database.query<
      [{ rows: string; heap: string; indexes: string }]
    >(
      `SELECT (SELECT count(*) FROM ${table}) AS rows, sum(pg_table_size(relid)) AS heap,
              sum(pg_indexes_size(relid)) AS indexes
       FROM (SELECT '${table}'::regclass AS relid
             UNION SELECT relid FROM pg_partition_tree('${table}'::regclass)) AS parts`,
    );
    const each = (bytes: string) => Math.round(Number(bytes) / Math.max(Number(rows), 1));
    console.log(
      `${table}: ${rows} rows, ${each(heap) + each(indexes)} bytes each (${each(heap)} heap, ${each(indexes)} indexes)`,
    );
  }
  const shares = await database.query<{ table: string; percent: string; bytes: string }[]>(
    `SELECT table_name AS table, round(100.0 * count(*) / sum(count(*)) OVER (), 1) AS percent,
            round(avg(pg_column_size(e.*))) AS bytes
     FROM audit_logs e WHERE sequence > $1 GROUP BY 1 ORDER BY count(*) DESC`,
    [before],
  );
  for (const { table, percent, bytes } of shares) {
    console.log(
      `trail: ${percent} % of the entries are of ${table}, ${bytes} bytes each in the heap`,
    );
  }
}
