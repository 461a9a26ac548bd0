import type { AuditedTable } from '../audited-table.js';

/** What the trail calls a table and some of its columns, or called them before they were renamed. */
export interface RecordedNames {
  readonly table: string;
  readonly columns: readonly string[];
}

/** The names of today first. */
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
