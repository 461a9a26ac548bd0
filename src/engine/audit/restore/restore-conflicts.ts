import { escapeIdentifier } from 'pg';
import type { EntityManager } from 'typeorm';
import type { AuditedTables } from '../audited-tables.js';
import { findRow, recordIdOf } from '../find-row.js';
import { goesAlong } from '../undo/counters.js';
import type { UndoConflict } from '../undo/errors.js';
import type { ForeignKey, ForeignKeys } from '../undo/foreign-keys.js';
import type { TablePlan } from './restore-plan.js';

/** The maximum number of conflicts that are reported. */
const limit = 100;

/** The conflicts of rows that must be deleted: rows that are not put back refer to them. */
export async function restoreConflicts(
  manager: EntityManager,
  tables: AuditedTables,
  plans: readonly TablePlan[],
  keys: ForeignKeys,
): Promise<UndoConflict[]> {
  const conflicts: UndoConflict[] = [];
  for (const plan of plans.filter(({ deleted }) => deleted > 0)) {
    for (const key of keys.referringTo(plan.table.name)) {
      const rows = await manager.query<{ recordId: string; count: string }[]>(
        `SELECT plan.record_id AS "recordId", count(*) FROM ${referred(plan, key, plans)}
         GROUP BY plan.record_id LIMIT ${limit - conflicts.length}`,
      );
      if (rows.length === 0 || (await goesAlong(tables, key))) continue;
      for (const { recordId, count } of rows) {
        const reason = `is referred to by ${count} later row(s) of ${key.child}`;
        conflicts.push({ table: plan.table.name, recordId, reason, columns: [] });
      }
      if (conflicts.length >= limit) return conflicts;
    }
  }
  return conflicts;
}

/**
 * Marks the rows with conflicts for a separate statement, which deletes them last. Its effects on other rows
 * are new changes, with a new time.
 */
export async function deleteReferredLast(
  manager: EntityManager,
  plans: readonly TablePlan[],
  keys: ForeignKeys,
): Promise<void> {
  for (const plan of plans.filter(({ deleted }) => deleted > 0)) {
    for (const key of keys.referringTo(plan.table.name)) {
      await manager.query(
        `UPDATE ${plan.relation} SET action = 'delete last'
         WHERE record_id IN (SELECT plan.record_id FROM ${referred(plan, key, plans)})`,
      );
    }
  }
}

/**
 * SQL of a FROM clause: each row `plan` that must be deleted, with each row `t` that refers to it and is not
 * put back.
 */
function referred(
  { table, relation }: TablePlan,
  { parentColumns, child, childRelation, childColumns }: ForeignKey,
  plans: readonly TablePlan[],
): string {
  const parent = parentColumns.map(
    (column, index) => `t.${escapeIdentifier(column)} AS part_${index}`,
  );
  const matches = childColumns.map(
    (column, index) => `t.${escapeIdentifier(column)} = parent.part_${index}`,
  );
  const ofChild = plans.find((plan) => plan.table.name === child);
  const isPutBack =
    ofChild === undefined
      ? 'false'
      : `EXISTS (SELECT FROM ${ofChild.relation} planned
           WHERE planned.record_id = ${recordIdOf(ofChild.table)} AND planned.action IN ('delete', 'update', 'stay'))`;
  return `${relation} plan
    CROSS JOIN LATERAL (
      SELECT ${parent.join(', ')}, t.tableoid AS parent_table, t.ctid AS parent_row
      FROM ${table.relation} t WHERE ${findRow(table, 'plan.record_id')}
    ) AS parent
    JOIN ${childRelation} t ON ${matches.join(' AND ')}
      AND (t.tableoid, t.ctid) <> (parent.parent_table, parent.parent_row)
    WHERE plan.action = 'delete' AND NOT ${isPutBack}`;
}
