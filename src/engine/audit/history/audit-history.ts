import { Inject, Injectable } from '@nestjs/common';
import { getDataSourceToken } from '@nestjs/typeorm';
import type { DatabaseDataSource } from '../../transaction/database.data-source.js';
import { isUuid } from '../../common/uuid.js';
import type { AuditedTable, AuditedTarget, RecordKey } from '../audited-table.js';
import { AuditedTables } from '../audited-tables.js';
import { checkActor, type Actor } from '../../actor/actor.js';
import { checkCount } from '../../common/check-count.js';
import { checkFilters } from '../../common/check-filters.js';
import { isStorable } from '../../common/check-texts.js';
import { InvalidHistoryQueryError, TableNotAuditedError } from '../errors.js';
import { parseImage } from '../row-image.js';
import { trailOf, underNamesOfToday } from '../renames.js';
import { changesBetween, type AuditEntry } from './audit-entry.js';
import type { HistoryQuery } from './history-query.js';
import { boundTenants, entriesOfTenants, tenantsToRead } from '../tenant-entries.js';
import { plainText, time, wholeNumber } from '../check-query-values.js';
import type { Moment } from '../moment.js';

/** A page of the trail. `nextCursor` is null on the last page. */
export interface HistoryPage {
  readonly entries: readonly AuditEntry[];
  readonly nextCursor: string | null;
}

/** An entry as the query returns it. Images are text, so that no digit is lost. */
type Row = Omit<AuditEntry, 'actor' | 'before' | 'after' | 'changes'> & {
  userId: string | null;
  actorName: string | null;
  onBehalfOf: string | null;
  changedColumns: string[] | null;
  oldData: string | null;
  newData: string | null;
};

const selectEntries = `
  SELECT sequence, audit_logs_id AS id, table_name AS table, record_id AS "recordId", operation,
    to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS at,
    coalesce(user_id::text, user_key) AS "userId", actor_name AS "actorName",
    on_behalf_of AS "onBehalfOf", reason, context, request_id AS "requestId", route,
    database_role AS "databaseRole", transaction_id AS "transactionId", undoes,
    tenant_id AS tenant, former_tenant_id AS "formerTenant", changed_columns AS "changedColumns", old_data::text AS "oldData", new_data::text AS "newData"`;

const mostEntries = 500;

/**
 * The properties that narrow a query. One that is undefined or null is refused, because the query would then
 * return more entries than were meant.
 */
const filters = [
  'entity',
  'table',
  'id',
  'actor',
  'requestId',
  'transactionId',
  'tenant',
  'operations',
  'from',
  'until',
] as const;

/** Reads entries of the trail. */
@Injectable()
export class AuditHistory {
  constructor(
    @Inject(getDataSourceToken()) private readonly database: DatabaseDataSource,
    private readonly tables: AuditedTables,
  ) {}

  /**
   * Returns a page of entries. Its cursor is a `sequence`, so entries that are written meanwhile do not
   * repeat or displace others.
   *
   * @throws TableNotAuditedError, InvalidRecordKeyError, InvalidHistoryQueryError, InvalidCountError
   * @throws MissingFilterError for a condition that is undefined or null
   * @throws TenantMismatchError when the caller is bound to other tenants than it asks for
   */
  async find(query: HistoryQuery): Promise<HistoryPage> {
    checkFilters(query, ...filters);
    const limit = checkCount('limit', query.limit ?? 50, { most: mostEntries });
    const newestFirst = query.order !== 'oldest';
    const { table, where, parameters } = await this.conditions(query, newestFirst ? '<' : '>');
    const page = `ORDER BY sequence ${newestFirst ? 'DESC' : 'ASC'} LIMIT ${limit + 1}`;
    const entries = entriesOfTenants(
      table === undefined ? 'audit_logs' : trailOf(table),
      tenantsToRead(query.tenant),
      `${where.replace('WHERE', 'AND')} ${page}`,
    );
    const found = await this.database.readAnywhere<Row>(
      `${selectEntries} FROM ${entries} ${where} ${page}`,
      parameters,
    );
    const rows = found.slice(0, limit);
    return {
      entries: table ? rows.map((row) => entryOf(row, table)) : await this.entriesOfAnyTable(rows),
      nextCursor: found.length > limit ? rows.at(-1)!.sequence : null,
    };
  }

  /** Tables that are no longer audited, and subjects of an application's own entries, have no definition. */
  private async entriesOfAnyTable(rows: readonly Row[]): Promise<AuditEntry[]> {
    const renames = await this.tables.renames();
    const named = rows.map((row) => underNamesOfToday(row, renames));
    const tables = await this.tables.load([...new Set(named.map(({ table }) => table))]);
    return named.map((row) => entryOf(row, tables.get(row.table)));
  }

  private async conditions(
    query: HistoryQuery,
    beyond: '<' | '>',
  ): Promise<{ table?: AuditedTable; where: string; parameters: unknown[] }> {
    const conditions: string[] = [];
    const parameters: unknown[] = [];
    const add = (condition: string, value: unknown) => {
      parameters.push(value);
      conditions.push(`${condition} $${parameters.length}`);
    };
    const target = query.entity ?? query.table;
    let table: AuditedTable | undefined;
    if (target !== undefined) {
      const subject = await this.subject(target, query.id);
      const { name, recordId } = subject;
      table = subject.table;
      add('table_name =', name);
      if (recordId !== undefined) add('record_id =', recordId);
    } else if (query.id !== undefined) {
      throw new InvalidHistoryQueryError('An id belongs to a table: name the entity or the table.');
    }
    if (query.actor !== undefined) {
      const actor = checkActor(query.actor);
      if ('userId' in actor) add(isUuid(actor.userId) ? 'user_id =' : 'user_key =', actor.userId);
      else add('actor_name =', actor.name);
    }
    if (query.requestId !== undefined) {
      add('request_id =', plainText('requestId', query.requestId));
    }
    if (query.transactionId !== undefined) {
      add('transaction_id =', wholeNumber('transactionId', query.transactionId));
    }
    if (query.operations !== undefined) {
      if (!Array.isArray(query.operations)) {
        throw new InvalidHistoryQueryError('The operations of a history query are a list.');
      }
      parameters.push(query.operations.map((name: string) => plainText('operation', name)));
      conditions.push(`operation = ANY ($${parameters.length})`);
    }
    const addMoment = (name: 'from' | 'until', operator: string, moment: Moment) => {
      if (moment instanceof Date || typeof moment === 'string') {
        add(`created_at ${operator}`, time(name, moment));
      } else {
        add(`sequence ${operator}`, wholeNumber(name, moment?.sequence));
      }
    };
    if (query.from !== undefined) addMoment('from', '>=', query.from);
    if (query.until !== undefined) addMoment('until', '<', query.until);
    if (query.cursor !== undefined) add(`sequence ${beyond}`, wholeNumber('cursor', query.cursor));
    return {
      table,
      where: conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`,
      parameters,
    };
  }

  /** The table and the record of a query, or the subject of an application's own entries. */
  private async subject(
    target: AuditedTarget,
    id: RecordKey | undefined,
  ): Promise<{ table?: AuditedTable; name: string; recordId: string | undefined }> {
    try {
      const table = await this.tables.find(target);
      const recordId = id === undefined ? undefined : await this.tables.recordId(table, id);
      return { table, name: table.name, recordId };
    } catch (error) {
      const name = this.tables.nameOf(target);
      if (!(error instanceof TableNotAuditedError) || !(await this.hasEntriesOf(name))) throw error;
      const recordId = typeof id === 'object' ? JSON.stringify(id) : id;
      return { name, recordId: recordId === undefined ? undefined : plainText('id', recordId) };
    }
  }

  /** Whether the trail has entries of a name, even if the table is no longer audited. */
  private async hasEntriesOf(name: string): Promise<boolean> {
    if (!isStorable(name)) return false;
    const [found] = await this.database.readAnywhere<{ exists: boolean }>(
      `SELECT EXISTS (SELECT FROM ${entriesOfTenants('audit_logs', boundTenants())} WHERE table_name = $1) AS exists`,
      [name],
    );
    return found!.exists;
  }
}

function entryOf(row: Row, table: AuditedTable | undefined): AuditEntry {
  const { userId, actorName, onBehalfOf, changedColumns, oldData, newData, ...rest } = row;
  const before = parseImage(oldData, table);
  const after = parseImage(newData, table);
  return {
    ...rest,
    actor: recordedActor(userId, actorName, onBehalfOf),
    before,
    after,
    changes: changesBetween(before, after, table, changedColumns ?? undefined),
  };
}

function recordedActor(
  userId: string | null,
  name: string | null,
  onBehalfOf: string | null,
): Actor | null {
  const subject = onBehalfOf === null ? {} : { onBehalfOf: { userId: onBehalfOf } };
  if (userId !== null) return { userId, ...subject };
  return name === null ? null : { name, ...subject };
}
