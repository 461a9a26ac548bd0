import { HttpStatus, Inject, Injectable } from '@nestjs/common';
import { AuditService } from '../../engine/audit/audit.service.js';
import type { AuditEntry } from '../../engine/audit/history/audit-entry.js';
import type { HistoryQuery } from '../../engine/audit/history/history-query.js';
import type { UndoResult, UndoStep } from '../../engine/audit/undo/undo-options.js';
import type { Viewer } from '../access/viewer.js';
import { nameOf, VisibleEntries } from '../access/visible-entries.js';
import { noSuchRecord, refusal } from '../common/refusal.js';
import { momentOf } from '../reading/entry-filters.js';
import { RecordView } from '../reading/record-view.js';
import { References } from '../reading/references.js';
import { shownChanges, ShownEntries, type ShownChange } from '../reading/shown-entries.js';
import { DescribedTables } from '../tables/described-tables.js';
import { UndoRefusals } from './undo-refusals.js';
import {
  undoOptions,
  type RestoreGroupInput,
  type RestoreInput,
  type UndoInput,
} from './undo-input.js';

/** A step of an undo, as the page shows it. */
export interface ShownStep extends Pick<UndoStep, 'action' | 'table' | 'kept' | 'lost'> {
  readonly id: string;
  readonly label: string | null;
  readonly changes: readonly ShownChange[];
}

export interface ShownUndo {
  readonly dryRun: boolean;
  readonly steps: readonly ShownStep[];
}

/** The counts of a restoration, by table. */
export interface ShownGroup {
  readonly dryRun: boolean;
  readonly tables: readonly {
    readonly table: string;
    readonly label: string;
    readonly inserted: number;
    readonly updated: number;
    readonly deleted: number;
    readonly lost: readonly string[];
  }[];
}

/** Undoes and restores what the viewer may read. */
@Injectable()
export class Undoing {
  constructor(
    @Inject(AuditService) private readonly audit: AuditService,
    @Inject(VisibleEntries) private readonly entries: VisibleEntries,
    @Inject(RecordView) private readonly records: RecordView,
    @Inject(DescribedTables) private readonly tables: DescribedTables,
    @Inject(ShownEntries) private readonly shown: ShownEntries,
    @Inject(References) private readonly references: References,
    @Inject(UndoRefusals) private readonly refusals: UndoRefusals,
  ) {}

  /** Undoes an entry, a transaction or a request. */
  async undo(viewer: Viewer, input: UndoInput): Promise<ShownUndo> {
    assertMayUndo(viewer, input.force);
    const { sequence, transaction, at, request, columns } = input;
    const given = [sequence, transaction, request].filter(
      (one) => one !== undefined && one !== null,
    );
    if (given.length !== 1 || (columns && !sequence) || (at && !transaction)) {
      throw refusal(
        HttpStatus.BAD_REQUEST,
        'INVALID_INPUT',
        'Name what to undo: a sequence, also with columns; a transaction, also with its time; or a request.',
      );
    }
    const options = undoOptions(input);
    return this.refusals.during(viewer, async () => {
      if (sequence) {
        await this.assertReadable(viewer, { sequences: [sequence] });
        const chosen = { ...options, ...(columns ? { columns } : {}) };
        return this.present(viewer, await this.audit.undo(sequence, chosen));
      }
      if (transaction) {
        await this.assertReadable(viewer, { transactionId: transaction });
        const chosen = { ...options, ...(at ? { at } : {}) };
        return this.present(viewer, await this.audit.undoTransaction(transaction, chosen));
      }
      await this.assertReadable(viewer, { requestId: request! });
      return this.present(viewer, await this.audit.undoRequest(request!, options));
    });
  }

  /** Puts a record back to a moment, or some of its columns. */
  async restore(viewer: Viewer, input: RestoreInput): Promise<ShownUndo> {
    assertMayUndo(viewer, input.force);
    const { name } = await this.records.find(viewer, input.table, input.id);
    const time = await this.audit.timeOf(momentOf(input.moment));
    // The row may have been somebody else's then.
    await this.records.imageAt(viewer, name, time);
    const { columns } = input;
    const options = { ...undoOptions(input), ...(columns ? { columns } : {}) };
    return this.refusals.during(viewer, async () =>
      this.present(viewer, await this.audit.restore(name.table, name.id, time, options)),
    );
  }

  /** Puts all rows of tables, or those with some values, back to a moment. */
  async restoreGroup(viewer: Viewer, input: RestoreGroupInput): Promise<ShownGroup> {
    assertMayUndo(viewer, input.force);
    const denied = input.tables.filter((table) => !viewer.readsAllOf(table));
    if (denied.length > 0) {
      throw refusal(
        HttpStatus.FORBIDDEN,
        'AUDIT_ACCESS_DENIED',
        `You may not read all rows of ${denied.join(', ')}.`,
      );
    }
    const { tables: names, where, moment } = input;
    return this.refusals.during(viewer, async () => {
      const { dryRun, tables } = await this.audit.restoreTo({
        ...undoOptions(input),
        tables: names,
        at: momentOf(moment),
        ...(where ? { where } : {}),
      });
      const described = await this.tables.all();
      return {
        dryRun,
        tables: tables.map(({ table, inserted, updated, deleted, lost }) => {
          const label = described.get(table)?.plural ?? table;
          return { table, label, inserted, updated, deleted, lost };
        }),
      };
    });
  }

  /**
   * Checks that the viewer may read every entry that would be undone, and that each of their records is the
   * viewer's today.
   *
   * @throws HttpException 404
   */
  private async assertReadable(viewer: Viewer, work: HistoryQuery): Promise<void> {
    if (viewer.readsEverything) return;
    for (let cursor: string | null | undefined; cursor !== null;) {
      const all = await this.audit.history({
        ...work,
        limit: 500,
        ...(cursor === undefined ? {} : { cursor }),
      });
      if (cursor === undefined && all.entries.length === 0) throw noSuchRecord();
      const visible = await this.entries.bySequence(
        viewer,
        all.entries.map(({ sequence }) => sequence),
      );
      const names = all.entries.map(recordOf);
      const today = await this.entries.newestOf(viewer, names);
      const isReadable = (entry: AuditEntry) =>
        visible.has(entry.sequence) && today.has(nameOf(recordOf(entry)));
      if (!all.entries.every(isReadable)) throw noSuchRecord();
      cursor = all.nextCursor;
    }
  }

  private async present(viewer: Viewer, { dryRun, steps }: UndoResult): Promise<ShownUndo> {
    const tables = await this.tables.all();
    const names = steps.map(({ table, recordId }) => ({ table, id: recordId }));
    const ownLabel = await this.references.labels(viewer, tables, names);
    const labelOf = await this.shown.labelsOf(viewer, tables, steps);
    return {
      dryRun,
      steps: steps.map(({ action, table, recordId, changes, kept, lost }) => ({
        action,
        table,
        id: recordId,
        label: ownLabel({ table, id: recordId }),
        changes: shownChanges(tables.get(table), changes, labelOf),
        kept,
        lost,
      })),
    };
  }
}

const recordOf = ({ table, recordId }: AuditEntry) => ({ table, id: recordId ?? '' });

/**
 * Overwriting later changes may also delete rows that refer to a record, so it is for those who may read
 * everything.
 *
 * @throws HttpException 403
 */
function assertMayUndo(viewer: Viewer, force: boolean | null): void {
  if (!viewer.mayUndo) {
    throw refusal(HttpStatus.FORBIDDEN, 'AUDIT_UNDO_DENIED', 'You may not undo changes.');
  }
  if (force === true && !viewer.readsEverything) {
    throw refusal(
      HttpStatus.FORBIDDEN,
      'AUDIT_UNDO_DENIED',
      'Only those who may read the whole trail may overwrite later changes.',
    );
  }
}
