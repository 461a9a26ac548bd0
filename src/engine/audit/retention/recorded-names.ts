import type { AuditedTable } from '../audited-table.js';

/** A current or former name of a table in the trail, with the names that some of its columns have there. */
export interface RecordedNames {
  readonly table: string;
  readonly columns: readonly string[];
}

/** The names of a table and some of its columns in the trail, the current ones first. */
export function recordedNamesOf(
  { periods }: AuditedTable,
  columns: readonly string[],
): RecordedNames[] {
  const names = new Map<string, Set<string>>();
  for (const { name, columns: today } of periods) {
    const ofTable = names.get(name) ?? new Set();
    for (const column of columns) {
      if (!today.has(column)) ofTable.add(column);
    }
    for (const [then, now] of today) {
      if (columns.includes(now)) ofTable.add(then);
    }
    names.set(name, ofTable);
  }
  return [...names].map(([table, found]) => ({ table, columns: [...found] }));
}
