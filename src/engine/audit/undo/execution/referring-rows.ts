import { escapeIdentifier } from 'pg';
import type { EntityManager } from 'typeorm';
import type { AuditedTables } from '../../audited-tables.js';
import { findRow } from '../../find-row.js';
import { goesAlong } from '../counters.js';
import type { UndoConflict } from '../errors.js';
import type { ForeignKeys } from '../foreign-keys.js';
import type { PlannedChange } from '../plan/planned-change.js';

/**
 * The conflicts of a row that is to be deleted: rows that refer to it would be deleted too, lose their
 * reference, or prevent the delete.
 */
export async function referringRows(
  manager: EntityManager,
  tables: AuditedTables,
  foreignKeys: ForeignKeys,
  { table, recordId }: PlannedChange,
): Promise<UndoConflict[]> {
  const conflicts: UndoConflict[] = [];
  for (const key of foreignKeys.referringTo(table.name)) {
    const matches = key.childColumns.map(
      (column, index) =>
        `child.${escapeIdentifier(column)} = t.${escapeIdentifier(key.parentColumns[index]!)}`,
    );
    const [{ count }] = await manager.query<[{ count: string }]>(
      `SELECT count(*) FROM ${key.childRelation} child JOIN ${table.relation} t ON ${matches.join(' AND ')}
       WHERE ${findRow(table)} AND (child.tableoid, child.ctid) <> (t.tableoid, t.ctid)`,
      [recordId],
    );
    if (count !== '0' && !(await goesAlong(tables, key))) {
      const reason = `is referred to by ${count} later row(s) of ${key.child}`;
      conflicts.push({ table: table.name, recordId, reason, columns: [] });
    }
  }
  return conflicts;
}
