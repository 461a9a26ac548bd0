import { parse } from 'lossless-json';
import type { ReadableTable } from '../../audited-table.js';
import type { RowImage } from '../../row-image.js';
import { isOfOldKey, type UndoneEntry } from '../entries/undone-entry.js';
import type { Reversal } from './reversal.js';

/**
 * Combines the entries of one record into a reversal, from the state after the last one to the state before
 * the first one.
 */
export function reversalOfRecord(
  table: ReadableTable,
  entries: readonly UndoneEntry[],
  erasedColumns: readonly string[],
): Reversal {
  const first = entries[0]!;
  const last = entries.at(-1)!;
  const columns = entries.map(({ changedColumns }) => changedColumns);
  const isAnotherRow = entries.some((entry, index) => {
    const before = entries[index - 1];
    return before !== undefined && isOfOldKey(before) && before.recordId === entry.recordId;
  });
  return {
    table,
    recordId: last.newData === null ? first.recordId : last.recordId,
    targetId: first.recordId,
    expected: last.newData,
    target: first.oldData,
    interruptedColumns: interruptedColumns(entries)?.filter(
      (column) => !table.incidentalColumns.includes(column),
    ),
    // The entries of a changed key list only the key columns, although the time columns change too.
    changedColumns:
      columns.every((names) => names !== null) && !isAnotherRow
        ? [...new Set([...columns.flat(), ...(entries.some(isOfOldKey) ? table.timeColumns : [])])]
        : undefined,
    leftColumns: [],
    keepsSecrets: false,
    erasedColumns,
    sequences: entries.map(({ sequence }) => sequence),
  };
}

function interruptedColumns(entries: readonly UndoneEntry[]): readonly string[] | undefined {
  const columns = new Set<string>();
  for (const [index, { oldData }] of entries.entries()) {
    const left = index === 0 ? oldData : entries[index - 1]!.newData;
    if (left === oldData) continue;
    if (left === null || oldData === null) return undefined;
    for (const column of differencesOf(left, oldData)) columns.add(column);
  }
  return [...columns];
}

function differencesOf(before: string, after: string): string[] {
  // Numbers stay as they are written, as text.
  const [from, to] = [before, after].map((image) => parse(image, undefined, String) as RowImage);
  return Object.keys({ ...from, ...to }).filter(
    (column) => JSON.stringify(from![column]) !== JSON.stringify(to![column]),
  );
}
