import { parse } from 'lossless-json';
import type { AuditedTable } from '../audited-table.js';
import type { UndoneEntry } from './undo-plan.js';

type Group = readonly UndoneEntry[];

/**
 * Brings the entries of records together whose key changed: such an UPDATE leaves an entry of the old
 * key without an image after, and one of the new key without an image before.
 *
 * Two entries belong together when their images differ in nothing but the key and the time, and no other
 * entry would fit. Otherwise they stay apart, and are undone as a row that went and one that came.
 */
export function joinKeyChanges(table: AuditedTable, groups: readonly Group[]): Group[] {
  const arrivals = groups.flat().filter(isArrival);
  const departures = groups.flat().filter(isDeparture);
  const successors = new Map<UndoneEntry, UndoneEntry>();
  for (const departure of departures) {
    const fitting = arrivals.filter((arrival) => fit(table, departure, arrival));
    const rivals = departures.filter((other) => fitting[0] && fit(table, other, fitting[0]));
    if (fitting.length === 1 && rivals.length === 1) successors.set(departure, fitting[0]!);
  }
  const isContinued = ([first]: Group) => [...successors.values()].includes(first!);
  const follow = (group: Group): Group => {
    const successor = successors.get(group.at(-1)!);
    const next = successor && groups.find(([first]) => first === successor);
    return next === undefined ? group : [...group, ...follow(next)];
  };
  return groups.filter((group) => !isContinued(group)).map(follow);
}

export const isKeyChange = (entry: UndoneEntry) => isArrival(entry) || isDeparture(entry);
const isDeparture = ({ operation, newData }: UndoneEntry) =>
  operation === 'UPDATE' && newData === null;
const isArrival = ({ operation, oldData }: UndoneEntry) =>
  operation === 'UPDATE' && oldData === null;

function fit(table: AuditedTable, departure: UndoneEntry, arrival: UndoneEntry): boolean {
  return (
    departure.transactionId === arrival.transactionId &&
    departure.recordId !== arrival.recordId &&
    withoutKey(table, departure.oldData!) === withoutKey(table, arrival.newData!)
  );
}

function withoutKey({ keyColumns }: AuditedTable, image: string): string {
  // Numbers stay as they are written.
  const columns = Object.entries(parse(image, undefined, String) as Record<string, unknown>);
  return JSON.stringify(
    columns.filter(([column]) => !keyColumns.includes(column) && column !== 'updated_at'),
  );
}
