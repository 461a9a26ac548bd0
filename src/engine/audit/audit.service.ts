import { Inject, Injectable } from '@nestjs/common';
import { getDataSourceToken } from '@nestjs/typeorm';
import type { EntityTarget, FindManyOptions, ObjectLiteral } from 'typeorm';
import { checkTexts } from '../common/check-texts.js';
import type { JsonObject } from '../common/json.js';
import type { DatabaseDataSource } from '../transaction/database.data-source.js';
import type { AuditedTarget, RecordKey } from './audited-table.js';
import { AuditedTables } from './audited-tables.js';
import { AuditEntryNotFoundError, InvalidActionError, TableNotAuditedError } from './errors.js';
import { AuditAsOf } from './history/audit-as-of.js';
import { AuditGraph, type AsOfOptions } from './history/graph/audit-graph.js';
import { changesBetween, type ColumnChange } from './history/audit-entry.js';
import { AuditBlame, type ColumnBlame } from './history/audit-blame.js';
import { AuditHistory, type HistoryPage } from './history/audit-history.js';
import type { HistoryQuery } from './history/history-query.js';
import type { Moment } from './moment.js';
import { plainText, time, wholeNumber } from './check-query-values.js';
import { parseImage, type RowImage } from './row-image.js';
import { trailOf } from './renames.js';
import { boundTenants, entriesOfTenants } from './tenant-entries.js';
import { AuditRestore } from './restore/audit-restore.js';
import type { RestoreToOptions, RestoreToResult } from './restore/restore-to-options.js';
import { AuditUndo } from './undo/audit-undo.js';
import type {
  UndoOptions,
  UndoRequestOptions,
  UndoResult,
  UndoTransactionOptions,
} from './undo/undo-options.js';
import { isoTime } from '../common/iso-time.js';

export type { Moment } from './moment.js';

/** An entry for an action that writes to no audited table, such as a call to another service. */
export interface CustomEntry {
  /** The name of the action, in lower case with a dot, such as `stripe.refund_created`. */
  action: string;
  /** The subject of the action: an entity class, a table's name, or a word of the application's own. */
  subject: AuditedTarget;
  /** The record that the action concerned. */
  id?: RecordKey;
  /** Details of the action. They are stored as given: leave secrets out. */
  details?: JsonObject;
}

/** Reads the audit trail, and puts records back. */
@Injectable()
export class AuditService {
  constructor(
    @Inject(getDataSourceToken()) private readonly database: DatabaseDataSource,
    private readonly tables: AuditedTables,
    private readonly entries: AuditHistory,
    private readonly states: AuditAsOf,
    private readonly graphs: AuditGraph,
    private readonly blaming: AuditBlame,
    private readonly undoing: AuditUndo,
    private readonly restoring: AuditRestore,
  ) {}

  /**
   * Returns a page of entries. Its cursor is a `sequence`, so entries that are written meanwhile do not
   * repeat or displace others.
   *
   * If no index finds the entries, as with `changed` and a whole table, a page looks at up to 100,000 entries.
   * It may have less entries than its limit, or none, before the last page: continue until `nextCursor` is null.
   *
   * @throws TableNotAuditedError, InvalidRecordKeyError, InvalidHistoryQueryError, InvalidCountError
   * @throws MissingFilterError for a condition that is undefined or null
   */
  history(query: HistoryQuery = {}): Promise<HistoryPage> {
    return this.entries.find(query);
  }

  /**
   * Returns a record as it was at a time, as an entity; null before it was inserted and after it was deleted.
   * With `relations`, its related records are as `find()` would have returned them at that time.
   *
   * @throws HistoryPrunedError when the entries of that time may have been pruned
   * @throws TableNotAuditedError when a table of the relations is not audited
   * @throws InvalidHistoryQueryError for more than 10,000 rows in the relations
   */
  asOf<Entity extends ObjectLiteral>(
    entity: EntityTarget<Entity>,
    id: RecordKey,
    at: Date | string,
    options?: AsOfOptions<Entity>,
  ): Promise<Entity | null> {
    return options?.relations === undefined
      ? this.states.one(entity, id, at)
      : this.graphs.one(entity, id, at, options);
  }

  /** Returns all records of a table as they were at a time, filtered and sorted by their values then. */
  asOfMany<Entity extends ObjectLiteral>(
    entity: EntityTarget<Entity>,
    at: Date | string,
    options: FindManyOptions<Entity> = {},
  ): Promise<Entity[]> {
    return this.states.many(entity, at, options);
  }

  /**
   * Returns the image of a record at a moment, by column name; null before it was inserted and after it was
   * deleted. The table needs no entity.
   *
   * @throws AuditEntryNotFoundError when the sequence is not that of an entry of the record
   * @throws HistoryPrunedError when the entries of that time may have been pruned
   */
  async imageAt(target: AuditedTarget, id: RecordKey, moment: Moment): Promise<RowImage | null> {
    return moment instanceof Date || typeof moment === 'string'
      ? this.states.image(target, id, moment)
      : this.imageAfter(target, id, wholeNumber('sequence', moment?.sequence));
  }

  /** Returns the columns in which a record differs between two moments. Default of `to`: now. */
  async diff(
    target: AuditedTarget,
    id: RecordKey,
    from: Moment,
    to?: Moment,
  ): Promise<ColumnChange[]> {
    // The time comes first, so that both images are read at once and Promise.all() handles each error.
    const until = to ?? (await this.states.now());
    const [before, after] = await Promise.all([
      this.imageAt(target, id, from),
      this.imageAt(target, id, until),
    ]);
    return changesBetween(before, after, await this.tables.find(target));
  }

  /**
   * Returns the columns of a record, each with the entry that last set it: who, when, why and in which request.
   * If that was an undo, also the entry that had given the value first. An empty list if there is no such record.
   *
   * @throws TableNotAuditedError, InvalidRecordKeyError
   */
  blame(target: AuditedTarget, id: RecordKey): Promise<ColumnBlame[]> {
    return this.blaming.of(target, id);
  }

  /**
   * Puts a record back to its state at a time, or at the time of an entry: updates it, inserts it again, or
   * deletes it.
   *
   * @throws AuditEntryNotFoundError when no entry has the sequence
   */
  async restore(
    target: AuditedTarget,
    id: RecordKey,
    at: Moment,
    options: UndoOptions = {},
  ): Promise<UndoResult> {
    return this.undoing.restore(target, id, await this.timeOf(at), options);
  }

  /**
   * Puts rows of some tables back to their state at a time: all rows, or those that match a condition, such
   * as a customer's whole catalogue. It runs in one transaction, and compares and writes the rows inside the
   * database.
   *
   * @throws UndoConflictError when other rows refer to a row that must be deleted
   * @throws HistoryPrunedError, UndoImpossibleError, UndoRedactedError, InvalidHistoryQueryError
   */
  async restoreTo(options: RestoreToOptions): Promise<RestoreToResult> {
    return this.restoring.restoreTo({ ...options, at: await this.timeOf(options.at) });
  }

  /**
   * The time of a moment. That of an entry is when its transaction began, so the writes of the whole transaction
   * belong to it.
   *
   * @throws AuditEntryNotFoundError when no entry has the sequence
   */
  async timeOf(moment: Moment): Promise<Date | string> {
    if (moment instanceof Date || typeof moment === 'string') return moment;
    const sequence = wholeNumber('sequence', moment?.sequence);
    const [entry] = await this.database.read<{ at: string }>(
      `SELECT ${isoTime('created_at')} AS at
       FROM ${entriesOfTenants('audit_logs', boundTenants())} WHERE sequence = $1`,
      [sequence],
    );
    if (entry === undefined) throw new AuditEntryNotFoundError(`the sequence ${sequence}`);
    return entry.at;
  }

  /**
   * Undoes one entry: puts its record back to the state before it, or some of its columns.
   *
   * @throws UndoImpossibleError for `columns` of a record that was inserted or deleted
   */
  async undo(sequence: string, options: UndoOptions = {}): Promise<UndoResult> {
    return this.undoing.undo({ sequence: wholeNumber('sequence', sequence) }, options);
  }

  /**
   * Undoes everything that one transaction wrote.
   *
   * @throws AmbiguousTransactionError when several transactions have the id, and `at` does not select one
   * @throws HistoryPrunedError when some of its entries may have been pruned
   */
  async undoTransaction(
    transactionId: string,
    { at, ...options }: UndoTransactionOptions = {},
  ): Promise<UndoResult> {
    const id = wholeNumber('transactionId', transactionId);
    const began = at === undefined ? undefined : (time('at', at) as string);
    return this.undoing.undo({ transactionId: id, at: began }, options);
  }

  /**
   * Undoes everything that one request wrote.
   *
   * @throws HistoryPrunedError when some of its entries may have been pruned
   */
  async undoRequest(requestId: string, options: UndoRequestOptions = {}): Promise<UndoResult> {
    const work = { requestId: plainText('requestId', requestId) };
    return this.undoing.undo(work, options);
  }

  /**
   * Writes an entry of the application's own, in the current transaction and with the current actor.
   *
   * @throws InvalidActionError, InvalidTextError
   */
  async record({ action, subject, id, details }: CustomEntry): Promise<{ sequence: string }> {
    // The database refuses these as well, but its error would abort the transaction.
    if (!/^[a-z][a-z0-9_]*(\.[a-z0-9_]+)+$/.test(action)) throw new InvalidActionError();
    checkTexts({ subject: this.tables.nameOf(subject), id, details });
    const table = await this.tables.find(subject).catch((error: unknown) => {
      if (error instanceof TableNotAuditedError) return undefined;
      throw error;
    });
    const recordId =
      id === undefined || table === undefined
        ? (id ?? null)
        : await this.tables.recordId(table, id);
    const [entry] = await this.database.query<[{ sequence: string }]>(
      'SELECT audit.record($1, $2, $3, $4) AS sequence',
      [action, this.tables.nameOf(subject), recordId, details ?? null],
    );
    return entry;
  }

  private async imageAfter(
    target: AuditedTarget,
    id: RecordKey,
    sequence: string,
  ): Promise<RowImage | null> {
    const table = await this.tables.find(target);
    const [entry] = await this.database.read<{ image: string | null }>(
      `SELECT new_data::text AS image FROM ${entriesOfTenants(trailOf(table), boundTenants())}
       WHERE sequence = $1 AND table_name = $2 AND record_id = $3
         AND operation IN ('INSERT', 'UPDATE', 'DELETE')`,
      [sequence, table.name, await this.tables.recordId(table, id)],
    );
    if (entry === undefined) {
      throw new AuditEntryNotFoundError(`this record with the sequence ${sequence}`);
    }
    return parseImage(entry.image, table);
  }
}
