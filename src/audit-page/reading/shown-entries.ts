import { Inject, Injectable } from '@nestjs/common';
import { getDataSourceToken } from '@nestjs/typeorm';
import type { AuditEntry, ColumnChange } from '../../engine/audit/history/audit-entry.js';
import type { JsonObject } from '../../engine/common/json.js';
import type { DatabaseDataSource } from '../../engine/transaction/database.data-source.js';
import { VisibleEntries, newestImage } from '../access/visible-entries.js';
import type { Viewer } from '../access/viewer.js';
import { DescribedTables, type DescribedTable } from '../tables/described-tables.js';
import { People, type ShownActor } from './people.js';
import { shownContext } from './shown-context.js';
import { References, referenceOf, type LabelOf } from './references.js';

/** A change of a column, with the labels of the records that its values refer to. */
export interface ShownChange extends ColumnChange {
  readonly fromLabel?: string | null;
  readonly toLabel?: string | null;
}

/** An entry as the page shows it. */
export interface ShownEntry {
  readonly sequence: string;
  readonly table: string;
  readonly id: string | null;
  readonly label: string | null;
  readonly operation: string;
  readonly at: string;
  readonly actor: ShownActor;
  readonly changes: readonly ShownChange[];
  readonly reason: string | null;
  readonly context: JsonObject | null;
  readonly requestId: string | null;
  readonly route: string | null;
  readonly transactionId: string;
  readonly undoes: string | null;
  readonly undoneBy: {
    readonly sequence: string;
    readonly at: string;
    readonly actor: ShownActor;
  } | null;
  readonly tenant: string | null;
}

/** Turns entries into what the page shows. */
@Injectable()
export class ShownEntries {
  constructor(
    @Inject(getDataSourceToken()) private readonly database: DatabaseDataSource,
    @Inject(VisibleEntries) private readonly entries: VisibleEntries,
    @Inject(DescribedTables) private readonly tables: DescribedTables,
    @Inject(References) private readonly references: References,
    @Inject(People) private readonly people: People,
  ) {}

  async of(viewer: Viewer, entries: readonly AuditEntry[]): Promise<ShownEntry[]> {
    const tables = await this.tables.all();
    const undos = await this.undosOf(viewer, entries);
    const actorOf = await this.people.of(viewer, [...entries, ...undos.values()]);
    const labelOf = await this.labelsOf(
      viewer,
      tables,
      entries.map(({ table, changes }) => ({ table, changes })),
    );
    return entries.map((entry) => {
      const undo = undos.get(entry.sequence);
      const table = tables.get(entry.table);
      return {
        sequence: entry.sequence,
        table: entry.table,
        id: entry.recordId,
        label: table?.title(newestImage(entry)) ?? null,
        operation: entry.operation,
        at: entry.at,
        actor: actorOf(entry),
        changes: shownChanges(table, entry.changes, labelOf),
        reason: entry.reason,
        context: shownContext(viewer, entry.context),
        requestId: entry.requestId,
        route: entry.route,
        transactionId: entry.transactionId,
        undoes: entry.undoes,
        undoneBy: undo ? { sequence: undo.sequence, at: undo.at, actor: actorOf(undo) } : null,
        tenant: entry.tenant,
      };
    });
  }

  /** The labels of the records that changes refer to. */
  labelsOf(
    viewer: Viewer,
    tables: ReadonlyMap<string, DescribedTable>,
    changed: readonly { readonly table: string; readonly changes: readonly ColumnChange[] }[],
  ): Promise<LabelOf> {
    const records = changed.flatMap(({ table, changes }) =>
      changes.flatMap(({ column, from, to }) =>
        [from, to].flatMap((value) => referenceOf(tables.get(table), column, value) ?? []),
      ),
    );
    return this.references.labels(viewer, tables, records);
  }

  /** The newest undo of each entry, if the viewer may read it. */
  private async undosOf(
    viewer: Viewer,
    entries: readonly AuditEntry[],
  ): Promise<ReadonlyMap<string, AuditEntry>> {
    const named = entries.filter(({ recordId }) => recordId !== null);
    // The index on table and record finds them.
    const rows = await this.database.readAnywhere<{ sequence: string; undone: string }>(
      `SELECT undone.sequence AS undone, undo.sequence
       FROM unnest($1::text[], $2::text[], $3::bigint[]) AS undone (name, id, sequence)
       JOIN audit_logs undo ON undo.table_name = undone.name COLLATE "C" AND undo.record_id = undone.id COLLATE "C"
         AND undo.undoes = undone.sequence
       ORDER BY undo.sequence`,
      [
        named.map(({ table }) => table),
        named.map(({ recordId }) => recordId),
        named.map(({ sequence }) => sequence),
      ],
    );
    const undos = await this.entries.bySequence(
      viewer,
      rows.map(({ sequence }) => sequence),
    );
    return new Map(
      rows.flatMap(({ undone, sequence }) => {
        const undo = undos.get(sequence);
        return undo === undefined ? [] : [[undone, undo]];
      }),
    );
  }
}

/** Changes with the labels of the records that they refer to. */
export function shownChanges(
  table: DescribedTable | undefined,
  changes: readonly ColumnChange[],
  labelOf: LabelOf,
): ShownChange[] {
  return changes.map((change) => {
    const [from, to] = [change.from, change.to].map((value) =>
      referenceOf(table, change.column, value),
    );
    return {
      ...change,
      ...(from === undefined ? {} : { fromLabel: labelOf(from) }),
      ...(to === undefined ? {} : { toLabel: labelOf(to) }),
    };
  });
}
