import type { EntityManager } from 'typeorm';
import { groupBy } from '../../../common/group-by.js';
import type { AuditedTables } from '../../audited-tables.js';
import type { UndoneEntry } from '../entries/undone-entry.js';
import { erasedColumns } from '../erased-columns.js';
import { joinKeyUpdates } from './join-key-updates.js';
import { reversalOfRecord } from './reversal-of-record.js';
import type { Reversal } from './reversal.js';

/** Locks the tables of the entries, and makes a reversal for each record. */
export async function reversalsOfEntries(
  manager: EntityManager,
  tables: AuditedTables,
  entries: readonly UndoneEntry[],
): Promise<Reversal[]> {
  const reversals: Reversal[] = [];
  const locked = await tables.lock(entries.map(({ table }) => table));
  for (const [name, ofTable] of groupBy(entries, ({ table }) => table)) {
    const table = locked.get(name)!;
    const erased = await erasedColumns(manager, table);
    const records = [...groupBy(ofTable, ({ recordId }) => recordId).values()];
    for (const ofRecord of joinKeyUpdates(table, records)) {
      reversals.push(reversalOfRecord(table, ofRecord, erased));
    }
  }
  return reversals;
}
