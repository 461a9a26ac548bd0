import { parse } from 'lossless-json';
import { groupBy } from '../../../common/group-by.js';
import type { ReadableTable } from '../../audited-table.js';
import {
  isOfKeyUpdate,
  isOfNewKey,
  isOfOldKey,
  type UndoneEntry,
} from '../entries/undone-entry.js';

type Group = readonly UndoneEntry[];

/**
 * Joins the entries of records whose primary key changed. Such an UPDATE leaves two entries: one of the old
 * key without an image after, and one of the new key without an image before.
 *
 * Two entries of a transaction belong together if their images differ only in the key, in `updated_at` and in
 * incidental columns, and no other row looks the same. Otherwise they stay separate, and are undone as a deleted row and an
 * inserted one.
 */
export function joinKeyUpdates(table: ReadableTable, groups: readonly Group[]): Group[] {
  const successors = successorsOf(table, groups.flat().filter(isOfKeyUpdate));
  const continuations = new Set(successors.values());
  // After an UPDATE gave up a key, another row may have taken it, or the same row again.
  const parts = groups.flatMap((group) => splitAfter(group, (entry) => successors.has(entry)));
  const partOf = new Map(parts.map((part) => [part[0]!, part]));
  return parts
    .filter(([first]) => !continuations.has(first!))
    .map((part) => {
      const whole = [...part];
      for (;;) {
        const successor = successors.get(whole.at(-1)!);
        const next = successor && partOf.get(successor);
        if (next === undefined) return whole;
        whole.push(...next);
      }
    });
}

function splitAfter(group: Group, isLast: (entry: UndoneEntry) => boolean): Group[] {
  const parts: UndoneEntry[][] = [[]];
  for (const [index, entry] of group.entries()) {
    parts.at(-1)!.push(entry);
    if (isLast(entry) && index < group.length - 1) parts.push([]);
  }
  return parts;
}

/** The entries of new keys, by the entries of the old keys that they replace. */
function successorsOf(table: ReadableTable, entries: Group): Map<UndoneEntry, UndoneEntry> {
  const lookalikes = groupBy(
    entries,
    ({ transactionId, at, oldData, newData }) =>
      `${transactionId} ${at} ${withoutKey(table, (oldData ?? newData)!)}`,
  );
  return new Map([...lookalikes.values()].flatMap(pairsOfOneRow));
}

/**
 * Pairs the entries of one row. Returns none if the entries are of several rows, because they cannot be told
 * apart.
 */
function pairsOfOneRow(entries: Group): [oldKey: UndoneEntry, newKey: UndoneEntry][] {
  const pairs: [UndoneEntry, UndoneEntry][] = [];
  const sorted = entries.toSorted((a, b) => (BigInt(a.sequence) < BigInt(b.sequence) ? -1 : 1));
  for (let index = 0; index < sorted.length; index += 2) {
    const pair = sorted.slice(index, index + 2);
    const oldKey = pair.find(isOfOldKey);
    const newKey = pair.find(isOfNewKey);
    const before = pairs.at(-1)?.[1];
    if (oldKey === undefined || newKey === undefined) return [];
    if (before !== undefined && before.recordId !== oldKey.recordId) return [];
    pairs.push([oldKey, newKey]);
  }
  return pairs;
}

function withoutKey({ keyColumns, incidentalColumns }: ReadableTable, image: string): string {
  const ignored = [...keyColumns, ...incidentalColumns, 'updated_at'];
  // Numbers stay as they are written, as text.
  const columns = Object.entries(parse(image, undefined, String) as Record<string, unknown>);
  return JSON.stringify(columns.filter(([column]) => !ignored.includes(column)));
}
