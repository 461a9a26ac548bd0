import { Inject, Injectable } from '@nestjs/common';
import { getDataSourceToken } from '@nestjs/typeorm';
import { AuditService } from '../../engine/audit/audit.service.js';
import { entityOfTable } from '../../engine/audit/entity-of-table.js';
import { AuditedTables } from '../../engine/audit/audited-tables.js';
import type { AuditEntry } from '../../engine/audit/history/audit-entry.js';
import type { HistoryPage } from '../../engine/audit/history/audit-history.js';
import type { HistoryQuery } from '../../engine/audit/history/history-query.js';
import { trailOf } from '../../engine/audit/renames.js';
import type { RowImage } from '../../engine/audit/row-image.js';
import { isoTime } from '../../engine/common/iso-time.js';
import { groupBy } from '../../engine/common/group-by.js';
import type { DatabaseDataSource } from '../../engine/transaction/database.data-source.js';
import { fits } from './fits.js';
import type { Viewer } from './viewer.js';

/** A record by its table and its id in the trail. */
export interface RecordName {
  readonly table: string;
  readonly id: string;
}

export const nameOf = ({ table, id }: RecordName): string => `${table} ${id}`;

/** The greatest number of entries that one query of the engine returns. */
const mostEntries = 500;

/** Reads entries that a viewer may read. Whatever the page shows comes through here. */
@Injectable()
export class VisibleEntries {
  constructor(
    @Inject(getDataSourceToken()) private readonly database: DatabaseDataSource,
    @Inject(AuditService) private readonly audit: AuditService,
    @Inject(AuditedTables) private readonly tables: AuditedTables,
  ) {}

  /** A page of entries. */
  page(viewer: Viewer, query: Omit<HistoryQuery, 'within' | 'tenant'>): Promise<HistoryPage> {
    return this.audit.history({ ...query, ...viewer.scope });
  }

  /** The entries with these sequences that the viewer may read, by sequence. */
  bySequence(
    viewer: Viewer,
    sequences: Iterable<string>,
  ): Promise<ReadonlyMap<string, AuditEntry>> {
    return this.ofSequences(viewer.scope, sequences);
  }

  private async ofSequences(
    scope: Viewer['scope'],
    sequences: Iterable<string>,
  ): Promise<ReadonlyMap<string, AuditEntry>> {
    const found = new Map<string, AuditEntry>();
    const asked = [...new Set(sequences)];
    for (let start = 0; start < asked.length; start += mostEntries) {
      const { entries } = await this.audit.history({
        ...scope,
        sequences: asked.slice(start, start + mostEntries),
        limit: mostEntries,
      });
      for (const entry of entries) found.set(entry.sequence, entry);
    }
    return found;
  }

  /**
   * The newest entry of each record's row, by `nameOf()`, if the viewer may read the row as it is after this entry, or
   * as it was before it was deleted. The entry itself may be another's too: what it had before is not for the viewer.
   */
  async newestOf(
    viewer: Viewer,
    records: readonly RecordName[],
  ): Promise<ReadonlyMap<string, AuditEntry>> {
    const newest = await this.newestSequences(
      records.filter(({ table }) => viewer.of(table) !== undefined),
    );
    const entries = await this.ofSequences({}, newest.values());
    return new Map(
      [...newest].flatMap(([name, sequence]) => {
        const entry = entries.get(sequence);
        return entry !== undefined && this.isRowOf(viewer, entry) ? [[name, entry]] : [];
      }),
    );
  }

  /**
   * Whether the state of a record at a time was that of the viewer's tenants. Entries of an earlier time tell who
   * else had it.
   */
  async wasOfTenant(
    viewer: Viewer,
    { table, id }: RecordName,
    at: Date | string,
  ): Promise<boolean> {
    if (viewer.tenants === undefined) return true;
    const { entries } = await this.audit.history({
      table,
      id,
      operations: ['INSERT', 'UPDATE', 'DELETE'],
      limit: 1,
      until: await this.justAfter(at),
    });
    return entries[0] !== undefined && isOfTenant(entries[0], viewer);
  }

  /** The earliest time after another one that an entry may have. */
  private async justAfter(at: Date | string): Promise<string> {
    const [row] = await this.database.readAnywhere<{ at: string }>(
      `SELECT ${isoTime(`($1::timestamptz + interval '1 microsecond')`)} AS at`,
      [at],
    );
    return row!.at;
  }

  /** Whether the trail has any entry of a record's row, visible or not. */
  async hasEntries(record: RecordName): Promise<boolean> {
    return (await this.newestSequences([record])).size > 0;
  }

  /** Those of the records that the trail has entries of under their names of today, visible or not. */
  withEntries(records: readonly RecordName[]): Promise<RecordName[]> {
    return this.database.readAnywhere<RecordName>(
      `SELECT "table", id FROM unnest($1::text[], $2::text[]) AS record ("table", id)
       WHERE EXISTS (SELECT FROM audit_logs
         WHERE table_name = record.table COLLATE "C" AND record_id = record.id COLLATE "C")`,
      [records.map(({ table }) => table), records.map(({ id }) => id)],
    );
  }

  /** Whether the viewer may read the row of its newest entry. */
  private isRowOf(viewer: Viewer, entry: AuditEntry): boolean {
    const image = newestImage(entry);
    const entity = entityOfTable(this.database, entry.table);
    return (
      image !== null && fits(viewer.of(entry.table), image, entity) && isOfTenant(entry, viewer)
    );
  }

  private async newestSequences(records: readonly RecordName[]): Promise<Map<string, string>> {
    const found = new Map<string, string>();
    const byTable = groupBy(records, ({ table }) => table);
    const tables = await this.tables.load([...byTable.keys()]);
    for (const [name, ofTable] of byTable) {
      const table = tables.get(name);
      if (table === undefined) continue;
      const rows = await this.database.read<{ id: string; sequence: string | null }>(
        `SELECT record.id, (
           SELECT max(sequence) FROM ${trailOf(table)}
           WHERE table_name = $1 AND record_id = record.id AND operation IN ('INSERT', 'UPDATE', 'DELETE')
         ) AS sequence
         FROM unnest($2::text[]) AS record (id)`,
        [name, [...new Set(ofTable.map(({ id }) => id))]],
      );
      for (const { id, sequence } of rows) {
        if (sequence !== null) found.set(nameOf({ table: name, id }), sequence);
      }
    }
    return found;
  }
}

/** The image of a record after its newest entry; that of a deleted record before it. */
export function newestImage({ before, after }: AuditEntry): RowImage | null {
  return after ?? before;
}

/**
 * Whether an entry's record belongs to the viewer's tenants after it. A record that moved to another tenant does not
 * belong to the former one, although the move is in its trail.
 */
export function isOfTenant({ tenant }: AuditEntry, { tenants }: Viewer): boolean {
  return tenants === undefined || (tenant !== null && tenants.includes(tenant));
}
