import type { EntityManager } from 'typeorm';
import { groupBy } from '../../common/group-by.js';
import type { ReadableTable } from '../audited-table.js';
import type { AuditedTables } from '../audited-tables.js';
import { UndoImpossibleError } from './errors.js';
import { joinKeyChanges } from './key-changes.js';
import { trailOf, underNamesOfToday } from '../renames.js';
import { reversalOf, type Reversal, type UndoneEntry } from './undo-plan.js';
import { UndoneEntries, type UndoneWork } from './undone-entries.js';

/** Works out what undoing comes to, record by record. */
export class UndoneWrites {
  constructor(
    private readonly manager: EntityManager,
    private readonly tables: AuditedTables,
  ) {}

  /** @throws AuditEntryNotFoundError, AmbiguousTransactionError, HistoryPrunedError, UndoImpossibleError */
  async reversals(work: UndoneWork): Promise<Reversal[]> {
    const written = await new UndoneEntries(this.manager).of(work);
    const renames = await this.tables.renames();
    const entries = written.map((entry) => underNamesOfToday(entry, renames));
    const truncated = entries.find(({ operation }) => operation === 'TRUNCATE');
    if (truncated !== undefined) {
      throw new UndoImpossibleError(
        `The TRUNCATE of "${truncated.table}" cannot be undone: the trail has no images of its rows. Restore a backup.`,
      );
    }
    const reversals: Reversal[] = [];
    const tables = await this.tables.lock(entries.map(({ table }) => table));
    for (const [name, ofTable] of groupBy(entries, ({ table }) => table)) {
      const table = tables.get(name)!;
      const erasedColumns = await this.erasedColumns(table);
      for (const group of byRecord(table, ofTable)) {
        // The other entries are there to find the one that belongs to this.
        if ('sequence' in work && !group.some(({ sequence }) => sequence === work.sequence))
          continue;
        reversals.push({ ...reversalOf(table, group), erasedColumns });
      }
    }
    return reversals;
  }

  /** Columns of the table that an erasure of personal data went over. */
  async erasedColumns(table: ReadableTable): Promise<string[]> {
    const rows = await this.manager.query<{ name: string }[]>(
      `SELECT DISTINCT jsonb_array_elements_text(new_data->'columns') AS name FROM ${trailOf(table)}
       WHERE table_name = $1 AND record_id IS NULL AND operation = 'ERASE'`,
      [table.name],
    );
    return rows.map(({ name }) => name);
  }
}

function byRecord(
  table: ReadableTable,
  entries: readonly UndoneEntry[],
): (readonly UndoneEntry[])[] {
  const records = groupBy(entries, ({ recordId }) => recordId);
  return joinKeyChanges(table, [...records.values()]);
}
