import type { EntityManager } from 'typeorm';
import { escapeLiteral } from 'pg';
import type { ReadableTable } from '../audited-table.js';
import { erasureMarker, tooLargeMarker } from '../image-markers.js';
import { findRow } from '../find-row.js';
import { currentImage, isSameValue, rowOf } from '../image-sql.js';
import { trailOf } from '../renames.js';
import { isCounter } from '../undo/counters.js';

/** The changes that put a table's rows back. */
export interface TablePlan {
  readonly table: ReadableTable;
  /** The temporary table of the rows that differ: `record_id`, `action`, `current` and `target`. */
  readonly relation: string;
  readonly inserted: number;
  readonly updated: number;
  readonly deleted: number;
}

/** The columns that are set in a row which exists. */
export function restorableColumns(table: ReadableTable): string[] {
  return table.writableColumns.filter(
    (column) =>
      !table.keyColumns.includes(column) &&
      !table.redactedColumns.includes(column) &&
      !table.forwardOnlyColumns.includes(column),
  );
}

const array = (texts: readonly string[]) => `ARRAY[${texts.map(escapeLiteral).join(', ')}]::text[]`;

/**
 * Compares a table's rows with their state at a time, and locks those that differ. The rows stay in the
 * database, in temporary tables, which are analyzed for the planner.
 *
 * A record without an entry since that time is unchanged. For the others, the state is the image after the
 * last entry up to that time, else the image before the first later entry. A row that is inserted again takes
 * columns that were added since, and forward-only columns, from its newest image. A counter row that would be
 * deleted stays.
 */
export async function planTable(
  manager: EntityManager,
  table: ReadableTable,
  at: Date | string,
  where: string | null,
  place: number,
): Promise<TablePlan> {
  const [entries, relation] = [`restore_to_entries_${place}`, `restore_to_${place}`];
  await manager.query(
    `CREATE TEMPORARY TABLE ${entries} (
       record_id text COLLATE "C", sequence bigint, past boolean, before jsonb, after jsonb
     ) ON COMMIT DROP`,
  );
  // Transactions overlap, so an entry with an earlier time may have a later sequence.
  await manager.query(
    `INSERT INTO ${entries}
     SELECT record_id, sequence, created_at <= $2, old_data, new_data
     FROM ${trailOf(table)}
     WHERE table_name = $1 AND operation IN ('INSERT', 'UPDATE', 'DELETE')
       AND sequence >= (SELECT min(sequence) FROM ${trailOf(table)} WHERE table_name = $1 AND created_at > $2)`,
    [table.name, at],
  );
  await manager.query(`ANALYZE ${entries}`);
  await manager.query(
    `CREATE TEMPORARY TABLE ${relation} (
       record_id text COLLATE "C", action text, current jsonb, target jsonb
     ) ON COMMIT DROP`,
  );
  await manager.query(differences(table, entries, relation), [where]);
  await manager.query(
    `CREATE INDEX ON ${relation} (record_id); ANALYZE ${relation}; DROP TABLE ${entries}`,
  );
  const [counts] = await manager.query<[Record<'inserted' | 'updated' | 'deleted', number>]>(
    `SELECT count(*) FILTER (WHERE action = 'insert')::int AS inserted,
            count(*) FILTER (WHERE action = 'update')::int AS updated,
            count(*) FILTER (WHERE action = 'delete')::int AS deleted
     FROM ${relation}`,
  );
  return { table, relation, ...counts };
}

function differences(table: ReadableTable, entries: string, relation: string): string {
  const ignored = array([
    ...table.redactedColumns,
    ...table.forwardOnlyColumns,
    ...table.keyColumns,
  ]);
  return `
    INSERT INTO ${relation}
    WITH records AS (
      SELECT record_id, coalesce(max(sequence) FILTER (WHERE past), min(sequence)) AS decisive,
             max(sequence) AS newest
      FROM ${entries} GROUP BY record_id HAVING NOT bool_and(past)
    ), was AS (
      SELECT record_id, CASE WHEN one.past THEN one.after ELSE one.before END AS image,
             coalesce(last.after, last.before) AS newest
      FROM records
      JOIN ${entries} AS one USING (record_id)
      JOIN ${entries} AS last USING (record_id)
      WHERE one.sequence = records.decisive AND last.sequence = records.newest
    ), compared AS (
      SELECT was.record_id, was.image AS target, met.current, was.newest
      FROM was LEFT JOIN LATERAL (
        SELECT ${currentImage(table)} AS current
        FROM ${table.relation} t WHERE ${findRow(table, 'was.record_id')} FOR UPDATE
      ) AS met ON true
    )
    SELECT record_id, action, current,
      CASE WHEN action = 'insert' THEN newest || target || coalesce(
        (SELECT jsonb_object_agg(key, value) FROM jsonb_each(newest)
         WHERE key = ANY (${array(table.forwardOnlyColumns)})), '{}') ELSE target END
    FROM compared
    CROSS JOIN LATERAL (
      SELECT CASE WHEN target IS NULL AND current IS NOT NULL THEN '${isCounter(table) ? 'stay' : 'delete'}'
                  WHEN current IS NULL AND target IS NOT NULL THEN 'insert'
                  WHEN (current - ${ignored})::text <> (target - ${ignored})::text AND EXISTS (
                    SELECT FROM jsonb_each(current) AS now JOIN jsonb_each(target) AS wanted USING (key)
                    WHERE key = ANY (${array(restorableColumns(table))}) AND NOT ${isSameValue(table, 'now.value', 'wanted.value')})
                  THEN 'update' END AS action
    ) AS needed
    WHERE action IS NOT NULL
      AND ($1::jsonb IS NULL OR target @> (${wanted(table)}) OR current @> (${wanted(table)}))`;
}

/** SQL of the condition's values as images have them. */
function wanted(table: ReadableTable): string {
  return `SELECT jsonb_object_agg(key, value)
    FROM (${rowOf(table, '$1')}) AS t CROSS JOIN LATERAL jsonb_each(${currentImage(table)}) WHERE $1::jsonb ? key`;
}

/** The record id of a row that is not in its earlier state after all writes; undefined if there is none. */
export async function changedAgain(
  manager: EntityManager,
  { table, relation }: TablePlan,
): Promise<string | undefined> {
  const [row] = await manager.query<{ id: string }[]>(
    `SELECT plan.record_id AS id FROM ${relation} plan
     LEFT JOIN LATERAL (
       SELECT ${currentImage(table)} AS image FROM ${table.relation} t WHERE ${findRow(table, 'plan.record_id')}
     ) AS met ON true
     WHERE action <> 'stay' AND CASE WHEN action LIKE 'delete%' THEN image IS NOT NULL
       ELSE image IS NULL OR EXISTS (
         SELECT FROM jsonb_each(image) AS now JOIN jsonb_each(target) AS wanted USING (key)
         WHERE key = ANY (${array(restorableColumns(table))}) AND NOT ${isSameValue(table, 'now.value', 'wanted.value')}) END
     LIMIT 1`,
  );
  return row?.id;
}

/** Whether a row that is put back had personal data in one of the columns that was erased since. */
export async function hasErased(
  manager: EntityManager,
  { table, relation }: TablePlan,
  columns: readonly string[],
): Promise<boolean> {
  const [found] = await manager.query<[{ exists: boolean }]>(
    `SELECT EXISTS (SELECT FROM ${relation} CROSS JOIN LATERAL jsonb_each_text(target) AS value
       WHERE action <> 'delete' AND key = ANY ($1) AND value.value = '${erasureMarker}') AS exists`,
    [columns.filter((column) => table.writableColumns.includes(column))],
  );
  return found.exists;
}

/** The columns in which a row that is put back had a value too large for the trail. */
export async function columnsTooLarge(
  manager: EntityManager,
  { table, relation }: TablePlan,
): Promise<string[]> {
  const marked = (text: string) => `${text} LIKE ${escapeLiteral(`%${tooLargeMarker}%`)}`;
  const rows = await manager.query<{ key: string }[]>(
    `SELECT DISTINCT key FROM ${relation} CROSS JOIN LATERAL jsonb_each_text(target) AS value
     WHERE action IN ('insert', 'update') AND ${marked('target::text')}
       AND starts_with(value.value, ${escapeLiteral(tooLargeMarker)}) AND key = ANY ($1)`,
    [table.writableColumns],
  );
  return rows.map(({ key }) => key);
}
