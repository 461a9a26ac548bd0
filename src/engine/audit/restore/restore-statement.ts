import { escapeIdentifier, escapeLiteral } from 'pg';
import { redactionMarker } from '../image-markers.js';
import { findRow } from '../find-row.js';
import { rowOf } from '../image-sql.js';
import { restorableColumns, type TablePlan } from './restore-plan.js';

/**
 * SQL of one statement that puts all tables back. PostgreSQL checks foreign keys at the end of a statement,
 * so rows that refer to each other, or to themselves, can be deleted and inserted in any order. Deletes come
 * first, then inserts, because a deleted row may have a unique value that an inserted row needs.
 */
export function restoreStatement(plans: readonly TablePlan[]): string {
  return inOrder([
    ...plans.map((plan) => deletion(plan, 'delete')),
    ...plans.map(insertion),
    ...plans.map(update),
  ]);
}

/** SQL of one statement that deletes the rows which `deleteReferredLast()` marked. */
export function lastDeletions(plans: readonly TablePlan[]): string {
  return inOrder(plans.map((plan) => deletion(plan, 'delete last')));
}

function inOrder(steps: readonly Step[]): string {
  const parts: string[] = [];
  for (const [index, step] of steps.entries()) {
    // Each part waits for the one before it, because PostgreSQL does not define the order of the parts of a
    // WITH.
    const after = index === 0 ? 'true' : `(SELECT count(*) FROM part_${index - 1}) >= 0`;
    parts.push(`part_${index} AS (${step(after)} RETURNING 1)`);
  }
  return `WITH ${parts.join(',\n')} SELECT count(*) FROM part_${steps.length - 1}`;
}

type Step = (after: string) => string;

function deletion({ table, relation }: TablePlan, action: string): Step {
  return (after) =>
    `DELETE FROM ${table.relation} t USING ${relation} plan
     WHERE plan.action = '${action}' AND ${findRow(table, 'plan.record_id')} AND ${after}`;
}

function insertion({ table, relation }: TablePlan): Step {
  const columns = table.writableColumns;
  const names = columns.map(escapeIdentifier).join(', ');
  const values = columns.map((column) => `r.${escapeIdentifier(column)}`);
  return (after) =>
    `INSERT INTO ${table.relation} (${names}) OVERRIDING SYSTEM VALUE
     SELECT ${values.join(', ')} FROM ${relation} plan
     CROSS JOIN LATERAL (${rowOf(table, 'plan.target', `(${madeUp(table)})`)}) AS r
     WHERE plan.action = 'insert' AND ${after}`;
}

/** SQL of the replacements for redacted values: null, or a unique placeholder if the column is NOT NULL. */
function madeUp({ redactedColumns, requiredColumns }: TablePlan['table']): string {
  return redactedColumns.reduce((made, column) => {
    const name = escapeLiteral(column);
    const value = requiredColumns.includes(column)
      ? `'${redactionMarker} ' || gen_random_uuid()`
      : 'NULL::text';
    return `${made} || CASE WHEN plan.target->>${name} = '${redactionMarker}' THEN jsonb_build_object(${name}, ${value}) ELSE '{}' END`;
  }, `'{}'::jsonb`);
}

function update({ table, relation }: TablePlan): Step {
  const columns = restorableColumns(table);
  // A column that the image lacks was added since, and keeps its value.
  const assignments = columns.map((column) => {
    const name = escapeIdentifier(column);
    return `${name} = CASE WHEN plan.target ? ${escapeLiteral(column)} THEN r.${name} ELSE t.${name} END`;
  });
  const counted = table.countingColumns.map(
    (column) => `${escapeIdentifier(column)} = t.${escapeIdentifier(column)} + 1`,
  );
  return (after) =>
    columns.length === 0
      ? `UPDATE ${table.relation} t SET ${escapeIdentifier(table.keyColumns[0]!)} = DEFAULT WHERE false`
      : `UPDATE ${table.relation} t SET ${[...assignments, ...counted].join(', ')}
     FROM ${relation} plan
     CROSS JOIN LATERAL (${rowOf(table, 'plan.target')}) AS r
     WHERE plan.action = 'update' AND ${findRow(table, 'plan.record_id')} AND ${after}`;
}
