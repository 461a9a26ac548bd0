import { Inject, Injectable } from '@nestjs/common';
import { getDataSourceToken } from '@nestjs/typeorm';
import { AuditedTables } from '../../engine/audit/audited-tables.js';
import { currentImage } from '../../engine/audit/image-sql.js';
import { findRow } from '../../engine/audit/find-row.js';
import { parseImage } from '../../engine/audit/row-image.js';
import { groupBy } from '../../engine/common/group-by.js';
import type { DatabaseDataSource } from '../../engine/transaction/database.data-source.js';
import { VisibleEntries, nameOf, newestImage, type RecordName } from '../access/visible-entries.js';
import type { Viewer } from '../access/viewer.js';
import type { DescribedTable } from '../tables/described-tables.js';

/** The label of a record; null when it has none or the viewer may not read it. */
export type LabelOf = (record: RecordName) => string | null;

/** Finds the labels of records that others refer to. */
@Injectable()
export class References {
  constructor(
    @Inject(getDataSourceToken()) private readonly database: DatabaseDataSource,
    @Inject(VisibleEntries) private readonly entries: VisibleEntries,
    @Inject(AuditedTables) private readonly audited: AuditedTables,
  ) {}

  /** The labels of these records, from what the viewer may read. */
  async labels(
    viewer: Viewer,
    tables: ReadonlyMap<string, DescribedTable>,
    records: readonly RecordName[],
  ): Promise<LabelOf> {
    const known = records.filter(({ table }) => tables.has(table));
    const newest = await this.entries.newestOf(viewer, known);
    const found = new Map<string, string | null>();
    for (const [name, entry] of newest) {
      found.set(name, tables.get(entry.table)?.title(newestImage(entry)) ?? null);
    }
    const older = known.filter(
      (record) => !found.has(nameOf(record)) && viewer.readsAllOf(record.table),
    );
    for (const [record, title] of await this.ofRows(tables, older)) {
      found.set(nameOf(record), title);
    }
    return (record) => found.get(nameOf(record)) ?? null;
  }

  /** The titles of rows that are older than the trail. */
  private async ofRows(
    tables: ReadonlyMap<string, DescribedTable>,
    records: readonly RecordName[],
  ): Promise<[RecordName, string | null][]> {
    const titles: [RecordName, string | null][] = [];
    for (const [name, ofTable] of groupBy(records, ({ table }) => table)) {
      const table = await this.audited.findReadable(name);
      const rows = await this.database.read<{ id: string; image: string }>(
        `SELECT record.id, (SELECT ${currentImage(table)}::text FROM ${table.relation} t
           WHERE ${findRow(table, 'record.id')}) AS image
         FROM unnest($1::text[]) AS record (id)`,
        [[...new Set(ofTable.map(({ id }) => id))]],
      );
      for (const { id, image } of rows) {
        const title = tables.get(name)!.title(parseImage(image, table));
        titles.push([{ table: name, id }, title]);
      }
    }
    return titles;
  }
}

/** The record that a value of a column refers to; undefined if it refers to none. */
export function referenceOf(
  table: DescribedTable | undefined,
  column: string,
  value: unknown,
): RecordName | undefined {
  const references = table?.columns.find((one) => one.column === column)?.references;
  if (!references || (typeof value !== 'string' && typeof value !== 'number')) return undefined;
  return { table: references.table, id: String(value) };
}
