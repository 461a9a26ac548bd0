import { Inject, Injectable } from '@nestjs/common';
import { getDataSourceToken } from '@nestjs/typeorm';
import { AuditService } from '../../engine/audit/audit.service.js';
import { AuditedTables } from '../../engine/audit/audited-tables.js';
import { entityOfTable } from '../../engine/audit/entity-of-table.js';
import { InvalidRecordKeyError } from '../../engine/audit/errors.js';
import type { BlamedEntry, ColumnBlame } from '../../engine/audit/history/audit-blame.js';
import type { AuditEntry } from '../../engine/audit/history/audit-entry.js';
import { redactionMarker } from '../../engine/audit/image-markers.js';
import type { Moment } from '../../engine/audit/moment.js';
import type { RowImage } from '../../engine/audit/row-image.js';
import type { JsonValue } from '../../engine/common/json.js';
import type { DatabaseDataSource } from '../../engine/transaction/database.data-source.js';
import { fits } from '../access/fits.js';
import type { Viewer } from '../access/viewer.js';
import { isOfTenant, VisibleEntries, nameOf, type RecordName } from '../access/visible-entries.js';
import { noSuchRecord } from '../common/refusal.js';
import { DescribedTables, type DescribedTable } from '../tables/described-tables.js';
import { assertReadable } from './entry-pages.js';
import { shownContext } from './shown-context.js';
import { People, type ShownActor } from './people.js';
import { References, referenceOf } from './references.js';

/** The entry that set a value. */
export type ShownBlame = Omit<BlamedEntry, 'actor'> & { readonly actor: ShownActor };

/** A value of a record. */
export interface ShownField {
  readonly column: string;
  readonly value: JsonValue;
  /** The label of the record that the value refers to. */
  readonly label: string | null;
  readonly redacted: boolean;
}

/** A value of a record with the entries that set it. */
export interface BlamedField extends ShownField {
  readonly set: ShownBlame | null;
  readonly original: ShownBlame | null;
}

export interface ShownRecord {
  readonly table: string;
  readonly id: string;
  readonly label: string | null;
  readonly deleted: boolean;
  readonly fields: readonly BlamedField[];
}

/** A record as it is, or as it was before it was deleted. */
interface FoundRecord {
  readonly name: RecordName;
  readonly columns: readonly ColumnBlame[];
  readonly deleted: boolean;
}

/** Shows a record with who set each value, and as it was at a time. */
@Injectable()
export class RecordView {
  constructor(
    @Inject(getDataSourceToken()) private readonly database: DatabaseDataSource,
    @Inject(AuditService) private readonly audit: AuditService,
    @Inject(AuditedTables) private readonly audited: AuditedTables,
    @Inject(VisibleEntries) private readonly entries: VisibleEntries,
    @Inject(DescribedTables) private readonly tables: DescribedTables,
    @Inject(References) private readonly references: References,
    @Inject(People) private readonly people: People,
  ) {}

  /** @throws HttpException 404 for a record that does not exist, or that the viewer may not read */
  async show(viewer: Viewer, table: string, id: string): Promise<ShownRecord> {
    const { name, columns, deleted } = await this.find(viewer, table, id);
    const tables = await this.tables.all();
    const described = tables.get(table)!;
    const blamed = columns.flatMap(({ entry, original }) => [entry, original]);
    const set = blamed.filter((entry) => entry !== null);
    const visible = await this.entries.bySequence(
      viewer,
      set.map(({ sequence }) => sequence),
    );
    const actorOf = await this.people.of(viewer, set);
    // Who set a value may be in an entry of the time when the row belonged to somebody else.
    const shown = (entry: BlamedEntry | null) =>
      entry !== null && visible.has(entry.sequence)
        ? { ...entry, context: shownContext(viewer, entry.context), actor: actorOf(entry) }
        : null;
    const image = Object.fromEntries(columns.map(({ column, value }) => [column, value]));
    const fields = await this.fields(viewer, tables, described, image);
    return {
      ...name,
      label: described.title(image),
      deleted,
      fields: fields.map((field, index) => ({
        ...field,
        redacted: columns[index]!.redacted,
        set: shown(columns[index]!.entry),
        original: shown(columns[index]!.original),
      })),
    };
  }

  /** The record at a moment; null before it existed and after it was deleted. */
  async at(
    viewer: Viewer,
    table: string,
    id: string,
    moment: Moment,
  ): Promise<{ readonly fields: readonly ShownField[] | null }> {
    const { name } = await this.find(viewer, table, id);
    const image = await this.imageAt(viewer, name, moment);
    if (image === null) return { fields: null };
    const tables = await this.tables.all();
    return { fields: await this.fields(viewer, tables, tables.get(table)!, image) };
  }

  /**
   * The image of a record at a moment.
   *
   * @throws HttpException 404 if the row was not the viewer's then
   */
  async imageAt(
    viewer: Viewer,
    { table, id }: RecordName,
    moment: Moment,
  ): Promise<RowImage | null> {
    if (typeof moment === 'object' && !(moment instanceof Date)) {
      const { sequence } = moment;
      const entry = (await this.entries.bySequence(viewer, [sequence])).get(sequence);
      if (entry === undefined || !isOfTenant(entry, viewer)) throw noSuchRecord();
    }
    const image = await this.audit.imageAt(table, id, moment);
    const entity = entityOfTable(this.database, table);
    if (image === null) return null;
    if (!fits(viewer.of(table), image, entity)) throw noSuchRecord();
    const isTime = typeof moment === 'string' || moment instanceof Date;
    if (isTime && !(await this.entries.wasOfTenant(viewer, { table, id }, moment))) {
      throw noSuchRecord();
    }
    return image;
  }

  /**
   * A record of the viewer, by its key or its id in the trail.
   *
   * @throws HttpException 404
   */
  async find(viewer: Viewer, table: string, key: string): Promise<FoundRecord> {
    assertReadable(viewer, table);
    const id = await this.recordId(table, key);
    const name = { table, id };
    const newest = (await this.entries.newestOf(viewer, [name])).get(nameOf(name));
    if (newest === undefined && !(await this.isOlderThanTrail(viewer, name))) throw noSuchRecord();
    if (newest?.after === null) return { name, columns: lastValues(newest), deleted: true };
    const columns = await this.audit.blame(table, id);
    const image = Object.fromEntries(columns.map(({ column, value }) => [column, value]));
    const entity = entityOfTable(this.database, table);
    if (columns.length === 0 || !fits(viewer.of(table), image, entity)) throw noSuchRecord();
    return { name, columns, deleted: false };
  }

  /** A row without entries shows neither its tenant nor its former owners. */
  private async isOlderThanTrail(viewer: Viewer, name: RecordName): Promise<boolean> {
    return viewer.tenants === undefined && !(await this.entries.hasEntries(name));
  }

  private async recordId(table: string, key: string): Promise<string> {
    try {
      return await this.audited.recordId(await this.audited.find(table), key);
    } catch (error) {
      if (error instanceof InvalidRecordKeyError) throw noSuchRecord();
      throw error;
    }
  }

  private async fields(
    viewer: Viewer,
    tables: ReadonlyMap<string, DescribedTable>,
    table: DescribedTable,
    image: RowImage,
  ): Promise<ShownField[]> {
    const fields = Object.entries(image);
    const referred = fields.flatMap(([column, value]) => referenceOf(table, column, value) ?? []);
    const labelOf = await this.references.labels(viewer, tables, referred);
    return fields.map(([column, value]) => {
      const reference = referenceOf(table, column, value);
      const isSecret = table.columns.find((one) => one.column === column)?.redacted === true;
      return {
        column,
        value,
        label: reference === undefined ? null : labelOf(reference),
        redacted: isSecret && value === redactionMarker,
      };
    });
  }
}

/** The values of a deleted record, which nobody has set since. */
function lastValues({ before }: AuditEntry): ColumnBlame[] {
  return Object.entries(before ?? {}).map(([column, value]) => ({
    column,
    value,
    redacted: value === redactionMarker,
    entry: null,
    original: null,
  }));
}
