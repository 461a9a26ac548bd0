import { Inject, Injectable } from '@nestjs/common';
import { getDataSourceToken } from '@nestjs/typeorm';
import type { EntityTarget, FindManyOptions, ObjectLiteral } from 'typeorm';
import { checkTexts } from '../common/check-texts.js';
import type { JsonObject } from '../common/json.js';
import type { DatabaseDataSource } from '../connection/database.data-source.js';
import type { AuditedTarget, RecordKey } from './audited-table.js';
import { AuditedTables } from './audited-tables.js';
import { AuditEntryNotFoundError, InvalidActionError, TableNotAuditedError } from './errors.js';
import { AuditAsOf } from './history/audit-as-of.js';
import { changesBetween, type ColumnChange } from './history/audit-entry.js';
import { AuditHistory, type HistoryPage } from './history/audit-history.js';
import type { HistoryQuery } from './history/history-query.js';
import { plainText, time, wholeNumber } from './check-query-values.js';
import { parseImage, type RowImage } from './row-image.js';
import { trailOf } from './renames.js';
import { AuditRestore } from './restore/audit-restore.js';
import type { RestoreToOptions, RestoreToResult } from './restore/restore-to-options.js';
import { AuditUndo } from './undo/audit-undo.js';
import type { UndoOptions, UndoResult, UndoTransactionOptions } from './undo/undo-options.js';

/** A side of a comparison: a time, or the state after an entry, by its `sequence`. */
export type Moment = Date | string | { readonly sequence: string };

/** An action that touches no table, such as a call to another service. */
export interface CustomEntry {
  /** Lower case with a dot, such as `stripe.refund_created`. */
  action: string;
  /** What it concerned: an entity class, a table's name, or a word of your own. */
  subject: AuditedTarget;
  /** The record that it concerned. */
  id?: RecordKey;
  /** Whatever explains it. It is stored as given: leave secrets out. */
  details?: JsonObject;
}

/** Asks the audit trail, and puts things back. */
@Injectable()
export class AuditService {
  constructor(
    @Inject(getDataSourceToken()) private readonly database: DatabaseDataSource,
    private readonly tables: AuditedTables,
    private readonly entries: AuditHistory,
    private readonly states: AuditAsOf,
    private readonly undoing: AuditUndo,
    private readonly restoring: AuditRestore,
  ) {}

  /**
   * A page of entries. Pages hang together by `sequence`, so that entries which arrive meanwhile
   * neither repeat nor displace any.
   *
   * @throws TableNotAuditedError, InvalidRecordKeyError, InvalidHistoryQueryError
   * @throws MissingFilterError for a condition that is there and has no value
   */
  history(query: HistoryQuery = {}): Promise<HistoryPage> {
    return this.entries.find(query);
  }

  /**
   * A record as the entity that it was, or null before it existed and after it was deleted.
   *
   * @throws HistoryPrunedError when the entries of that time are gone
   */
  asOf<Entity extends ObjectLiteral>(
    entity: EntityTarget<Entity>,
    id: RecordKey,
    at: Date | string,
  ): Promise<Entity | null> {
    return this.states.one(entity, id, at);
  }

  /** All records of a table at a time, filtered and sorted as they were then. */
  asOfMany<Entity extends ObjectLiteral>(
    entity: EntityTarget<Entity>,
    at: Date | string,
    options: FindManyOptions<Entity> = {},
  ): Promise<Entity[]> {
    return this.states.many(entity, at, options);
  }

  /**
   * A record as the trail keeps it at a moment, by column name; null before it existed and after it was
   * deleted. Also of a table that has no entity.
   *
   * @throws AuditEntryNotFoundError when the sequence is not that of an entry of the record
   * @throws HistoryPrunedError when the entries of that time are gone
   */
  async imageAt(target: AuditedTarget, id: RecordKey, moment: Moment): Promise<RowImage | null> {
    return moment instanceof Date || typeof moment === 'string'
      ? this.states.image(target, id, moment)
      : this.imageAfter(target, id, wholeNumber('sequence', moment?.sequence));
  }

  /** The columns in which a record differs between two moments; the second is now if left out. */
  async diff(
    target: AuditedTarget,
    id: RecordKey,
    from: Moment,
    to?: Moment,
  ): Promise<ColumnChange[]> {
    // First: the images are asked for at once, so that none of them can fail before somebody waits for it.
    const until = to ?? (await this.states.now());
    const [before, after] = await Promise.all([
      this.imageAt(target, id, from),
      this.imageAt(target, id, until),
    ]);
    return changesBetween(before, after, await this.tables.find(target));
  }

  /** Puts a record back to what it was at a time: updates it, inserts it again, or deletes it. */
  restore(
    target: AuditedTarget,
    id: RecordKey,
    at: Date | string,
    options: UndoOptions = {},
  ): Promise<UndoResult> {
    return this.undoing.restore(target, id, at, options);
  }

  /**
   * Puts all rows of some tables back to what they were at a time, or those that a condition names: a
   * customer's whole catalogue, or all that a user has. In one transaction, without reading the rows into
   * this process.
   *
   * @throws UndoConflictError when other rows refer to one that must go
   * @throws HistoryPrunedError, UndoImpossibleError, UndoRedactedError, InvalidHistoryQueryError
   */
  restoreTo(options: RestoreToOptions): Promise<RestoreToResult> {
    return this.restoring.restoreTo(options);
  }

  /** Puts a record back to before one entry. */
  async undo(sequence: string, options: UndoOptions = {}): Promise<UndoResult> {
    return this.undoing.undo({ sequence: wholeNumber('sequence', sequence) }, options);
  }

  /**
   * Puts everything back that one transaction wrote.
   *
   * @throws AmbiguousTransactionError when several have the id, and `at` does not say which is meant
   * @throws HistoryPrunedError when some of its entries may be gone
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
   * Puts everything back that one request wrote.
   *
   * @throws HistoryPrunedError when some of its entries may be gone
   */
  async undoRequest(requestId: string, options: UndoOptions = {}): Promise<UndoResult> {
    return this.undoing.undo({ requestId: plainText('requestId', requestId) }, options);
  }

  /**
   * Writes an entry of the application's own, in the transaction around and with its actor.
   *
   * @throws InvalidActionError, InvalidTextError
   */
  async record({ action, subject, id, details }: CustomEntry): Promise<{ sequence: string }> {
    // The database refuses these as well; there they would spoil the transaction.
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
      `SELECT new_data::text AS image FROM ${trailOf(table)}
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
