import { escapeIdentifier, escapeLiteral } from 'pg';
import { redactionMarker } from '../image-markers.js';
import { findRow } from '../find-row.js';
import { rowOf } from '../image-sql.js';
import { restorableColumns, type TablePlan } from './restore-plan.js';

/**
 * One statement that puts all tables back. PostgreSQL looks at foreign keys when a statement is over, so that
 * within it rows that refer to each other, or to themselves, may come and go in any order. Deletes come
 * first, then inserts: a row that goes may have a unique value that one that comes back needs.
 */
export function restoreStatement(plans: readonly TablePlan[]): string {
  return inOrder([
    ...plans.map((plan) => deletion(plan, 'delete')),
    ...plans.map(insertion),
    ...plans.map(update),
  ]);
}

/** One statement for the rows that rows of others refer to: see deleteReferredLast. */
export function lastDeletions(plans: readonly TablePlan[]): string {
  return inOrder(plans.map((plan) => deletion(plan, 'delete last')));
}

function inOrder(steps: readonly Step[]): string {
  const parts: string[] = [];
  for (const [index, step] of steps.entries()) {
    // The part before it must be through: nothing else says in which order they run.
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

/** What stands for secrets: nothing, or where there must be something, a text that is like no other. */
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
  // A column that an image does not know was added since, and stays.
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
