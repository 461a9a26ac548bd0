import { Inject, Injectable } from '@nestjs/common';
import { getDataSourceToken } from '@nestjs/typeorm';
import type { DatabaseDataSource } from '../../transaction/database.data-source.js';
import type { AuditedTable, AuditedTarget, RecordKey } from '../audited-table.js';
import { AuditedTables } from '../audited-tables.js';
import { checkCount } from '../../common/check-count.js';
import { checkFilters } from '../../common/check-filters.js';
import { isStorable } from '../../common/check-texts.js';
import { entityOfTable } from '../entity-of-table.js';
import { InvalidHistoryQueryError, TableNotAuditedError } from '../errors.js';
import { parseImage } from '../row-image.js';
import { trailOf, underNamesOfToday } from '../renames.js';
import { changesBetween, type AuditEntry } from './audit-entry.js';
import { columnNames, type ColumnName } from './column-names.js';
import { HistoryConditions, type HistorySubject, type ReadScope } from './history-conditions.js';
import type { HistoryQuery, HistoryScope, ScopeValue } from './history-query.js';
import { actorColumns, recordedActor, type RecordedActor } from './recorded-actor.js';
import { plainText, wholeNumber } from '../check-query-values.js';
import { boundTenants, entriesOfTenants, tenantsToRead } from '../tenant-entries.js';
import { isoTime } from '../../common/iso-time.js';

/** A page of the trail. `nextCursor` is null on the last page. */
export interface HistoryPage {
  readonly entries: readonly AuditEntry[];
  readonly nextCursor: string | null;
}

/** An entry as the query returns it. Images are text, so that no digit is lost. */
type Row = Omit<AuditEntry, 'actor' | 'before' | 'after' | 'changes'> &
  RecordedActor & {
    changedColumns: string[] | null;
    oldData: string | null;
    newData: string | null;
  };

const selectEntries = `
  SELECT sequence, audit_logs_id AS id, table_name AS table, record_id AS "recordId", operation,
    ${isoTime('created_at')} AS at,
    ${actorColumns}, reason, context, request_id AS "requestId", route,
    database_role AS "databaseRole", transaction_id AS "transactionId", undoes,
    tenant_id AS tenant, former_tenant_id AS "formerTenant", changed_columns AS "changedColumns", old_data::text AS "oldData", new_data::text AS "newData"`;

const mostEntries = 500;

/** How many entries a page looks at, if no index finds those that match. This takes about a tenth of a second. */
const mostSearched = 100_000n;

/**
 * The properties that narrow a query. One that is undefined or null is refused, because the query would then
 * return more entries than were meant.
 */
const filters = [
  'entity',
  'table',
  'id',
  'actor',
  'onBehalfOf',
  'reason',
  'context',
  'changed',
  'before',
  'after',
  'requestId',
  'transactionId',
  'tenant',
  'operations',
  'sequences',
  'within',
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
   * If no index finds the entries, a page looks at up to 100,000 entries, and may have less entries than its
   * limit, or none, before the last page.
   *
   * @throws TableNotAuditedError, InvalidRecordKeyError, InvalidHistoryQueryError, InvalidCountError
   * @throws MissingFilterError for a condition that is undefined or null
   * @throws TenantMismatchError when the caller is bound to other tenants than it asks for
   */
  async find(query: HistoryQuery): Promise<HistoryPage> {
    checkFilters(query, ...filters);
    const limit = checkCount('limit', query.limit ?? 50, { most: mostEntries });
    const isNewestFirst = query.order !== 'oldest';
    const subject = await this.subjectOf(query);
    const table = subject?.table;
    const within = query.within && (await this.scopesOf(query.within));
    const conditions = new HistoryConditions(query, subject, within);
    const end = conditions.needsSearch ? await this.endOfSearch(query) : undefined;
    if (end !== undefined) conditions.add(`sequence ${isNewestFirst ? '>=' : '<='}`, end);
    if (query.cursor !== undefined) {
      conditions.add(`sequence ${isNewestFirst ? '<' : '>'}`, wholeNumber('cursor', query.cursor));
    }
    const trail = table === undefined ? 'audit_logs' : trailOf(table);
    const where = conditions.toSql();
    const page = `ORDER BY sequence ${isNewestFirst ? 'DESC' : 'ASC'} LIMIT ${limit + 1}`;
    const ofTenants = entriesOfTenants(
      trail,
      tenantsToRead(query.tenant),
      `${where.replace('WHERE', 'AND')} ${page}`,
    );
    const found = await this.database.readAnywhere<Row>(
      `${selectEntries} FROM ${ofTenants} ${where} ${page}`,
      conditions.parameters,
    );
    const rows = found.slice(0, limit);
    const entries = table
      ? rows.map((row) => entryOf(row, table))
      : await this.entriesOfAnyTable(rows);
    return { entries, nextCursor: found.length > limit ? rows.at(-1)!.sequence : (end ?? null) };
  }

  /**
   * The last `sequence` that a page of a search looks at; undefined if it reaches the end of the trail. The next
   * page continues there.
   */
  private async endOfSearch({ cursor, order }: HistoryQuery): Promise<string | undefined> {
    const [trail] = await this.database.readAnywhere<{ first: string | null; last: string | null }>(
      `SELECT (SELECT sequence FROM audit_logs ORDER BY sequence LIMIT 1) AS first,
              (SELECT sequence FROM audit_logs ORDER BY sequence DESC LIMIT 1) AS last`,
    );
    if (trail!.first === null) return undefined;
    const [first, last] = [BigInt(trail!.first), BigInt(trail!.last!)];
    const start = cursor === undefined ? undefined : BigInt(wholeNumber('cursor', cursor));
    const end =
      order === 'oldest'
        ? (start ?? first - 1n) + mostSearched
        : (start ?? last + 1n) - mostSearched;
    const isWithin = order === 'oldest' ? end < last : end > first;
    return isWithin ? String(end) : undefined;
  }

  /** Tables that are no longer audited, and subjects of an application's own entries, have no definition. */
  private async entriesOfAnyTable(rows: readonly Row[]): Promise<AuditEntry[]> {
    const renames = await this.tables.renames();
    const named = rows.map((row) => underNamesOfToday(row, renames));
    const tables = await this.tables.load([...new Set(named.map(({ table }) => table))]);
    return named.map((row) => entryOf(row, tables.get(row.table)));
  }

  private async subjectOf(query: HistoryQuery): Promise<HistorySubject | undefined> {
    const target = query.entity ?? query.table;
    if (target !== undefined) return this.subject(target, query.id);
    if (query.id === undefined) return undefined;
    throw new InvalidHistoryQueryError('An id belongs to a table: name the entity or the table.');
  }

  /** The table and the record of a query, or the subject of an application's own entries. */
  private async subject(target: AuditedTarget, id: RecordKey | undefined): Promise<HistorySubject> {
    try {
      const table = await this.tables.find(target);
      const recordId = id === undefined ? undefined : await this.tables.recordId(table, id);
      const columns = columnNames(table, entityOfTable(this.database, table.name));
      return { table, name: table.name, recordId, columns };
    } catch (error) {
      const name = this.tables.nameOf(target);
      if (!(error instanceof TableNotAuditedError) || !(await this.hasEntriesOf(name))) throw error;
      const recordId = typeof id === 'object' ? JSON.stringify(id) : id;
      return {
        name,
        recordId: recordId === undefined ? undefined : plainText('id', recordId),
        columns: columnNames(undefined, undefined),
      };
    }
  }

  /** The scopes by the names of the database. */
  private async scopesOf(within: readonly HistoryScope[]): Promise<ReadScope[]> {
    const tables = await this.tables.load(within.map(({ table }) => this.tables.nameOf(table)));
    return within.map(({ table: target, where }) => {
      const name = this.tables.nameOf(target);
      const table = tables.get(name);
      const columns = columnNames(table, entityOfTable(this.database, name));
      return { table, name, where: where && scopeValues(name, where, columns, table) };
    });
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

function scopeValues(
  name: string,
  where: NonNullable<HistoryScope['where']>,
  columnOf: ColumnName,
  table: AuditedTable | undefined,
): [column: string, values: string[]][] {
  return Object.entries(where).map(([property, given]) => {
    const column = columnOf(property);
    const values = Array.isArray(given) ? (given as readonly ScopeValue[]) : [given as ScopeValue];
    const isKept = !table!.redactedColumns.includes(column);
    if (isKept && values.every((value) => scopeTypes.includes(typeof value))) {
      return [column, values.map((value) => plainText(column, String(value)))];
    }
    throw new InvalidHistoryQueryError(
      isKept
        ? `The values of "${property}" in "within" are texts, numbers or booleans.`
        : `The trail does not keep values of "${name}.${column}", so no scope can name them.`,
    );
  });
}

const scopeTypes = ['string', 'number', 'bigint', 'boolean'];

function entryOf(row: Row, table: AuditedTable | undefined): AuditEntry {
  const { userId, actorName, onBehalfOf, changedColumns, oldData, newData, ...rest } = row;
  const before = parseImage(oldData, table);
  const after = parseImage(newData, table);
  return {
    ...rest,
    actor: recordedActor({ userId, actorName, onBehalfOf }),
    before,
    after,
    changes: changesBetween(before, after, table, changedColumns ?? undefined),
  };
}
