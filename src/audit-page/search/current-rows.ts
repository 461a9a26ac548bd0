import { containing } from '../../engine/common/like-pattern.js';
import { Inject, Injectable } from '@nestjs/common';
import { getDataSourceToken } from '@nestjs/typeorm';
import { escapeIdentifier, escapeLiteral } from 'pg';
import type { EntityMetadata } from 'typeorm';
import { AuditedTables } from '../../engine/audit/audited-tables.js';
import type { ReadableTable } from '../../engine/audit/audited-table.js';
import { recordIdOf } from '../../engine/audit/find-row.js';
import { entityOfTable } from '../../engine/audit/entity-of-table.js';
import { columnNames } from '../../engine/audit/history/column-names.js';
import { tenantDeclarationOf } from '../../engine/decorators/tenant.decorator.js';
import type { DatabaseDataSource } from '../../engine/transaction/database.data-source.js';
import type { Viewer } from '../access/viewer.js';
import type { DescribedTable } from '../tables/described-tables.js';
import { cut, mostMatches } from './matches.js';
import type { Match } from './search.js';

/** The pages of 8 kB that one statement reads, which takes some tens of milliseconds. */
const pagesAtOnce = 2000;

interface Found {
  readonly id: string;
  /** Null if only the columns together have the text, across their ends. */
  readonly column: string | null;
  readonly value: string;
}

interface Searched {
  readonly described: DescribedTable;
  readonly table: ReadableTable;
  /** SQL of the rows that the viewer may read. */
  readonly mayRead: string;
}

/**
 * Finds a text in the current rows of tables. No index finds a part of a text in any column, so it reads tables
 * from their end, which has the newest rows, as long as there is time. Small tables come first.
 */
@Injectable()
export class CurrentRows {
  constructor(
    @Inject(getDataSourceToken()) private readonly database: DatabaseDataSource,
    @Inject(AuditedTables) private readonly audited: AuditedTables,
  ) {}

  /** @param longest how long it may read, in milliseconds, once the tables are known */
  async find(
    viewer: Viewer,
    tables: readonly DescribedTable[],
    text: string,
    longest: number,
  ): Promise<{ readonly matches: readonly Match[]; readonly incomplete: readonly string[] }> {
    const searched = await this.searched(viewer, tables);
    const end = performance.now() + longest;
    const matches: Match[] = [];
    const incomplete: string[] = [];
    for (const one of searched) {
      const { table } = one.described;
      const { found, isWhole } = await this.inTable(one, text, end).catch(nothingInTime);
      if (!isWhole) incomplete.push(table);
      for (const { id, column, value } of found) {
        if (column !== null) matches.push({ table, id, matched: { column, value: cut(value) } });
      }
    }
    return { matches, incomplete };
  }

  private async searched(viewer: Viewer, tables: readonly DescribedTable[]): Promise<Searched[]> {
    const withTexts = tables.filter(({ columns }) => columns.some(({ searchable }) => searchable));
    const readable = await this.audited.loadReadable(withTexts.map(({ table }) => table));
    return withTexts
      .toSorted((a, b) => a.pages - b.pages)
      .map((described) => {
        const table = readable.get(described.table)!;
        return { described, table, mayRead: this.mayRead(viewer, table) };
      });
  }

  private async inTable(
    searched: Searched,
    text: string,
    end: number,
  ): Promise<{ found: readonly Found[]; isWhole: boolean }> {
    const { columns, pages } = searched.described;
    const texts = columns.filter(({ searchable }) => searchable).map(({ column }) => column);
    const indexed = columns.filter((one) => one.searchable && one.indexed);
    const isLarge = pages > pagesAtOnce;
    const found: Found[] = [];
    if (isLarge && indexed.length > 0) {
      const names = indexed.map(({ column }) => column);
      const isText = (column: string) => `t.${escapeIdentifier(column)} IN ($1, lower($1))`;
      const isAny = names.map(isText).join(' OR ');
      found.push(...(await this.select(searched, names, isText, text, `(${isAny})`)));
    }
    const contains = (column: string) => `t.${escapeIdentifier(column)}::text ILIKE $1`;
    // One comparison for all columns takes less than half the time of one for each.
    const all = texts.map((column) => `t.${escapeIdentifier(column)}`).join(', ');
    const containsAny = `concat_ws(E'\\n', ${all}) ILIKE $1`;
    for (let last = pages; last >= 0 && found.length < mostMatches; last -= pagesAtOnce) {
      if (performance.now() > end) return { found, isWhole: false };
      const first = Math.max(0, last - pagesAtOnce);
      // The newest pages have no upper limit, because the table may have grown.
      const within = `t.ctid >= '(${first},0)'${last === pages ? '' : ` AND t.ctid < '(${last},0)'`}`;
      const where = isLarge ? `${containsAny} AND ${within}` : containsAny;
      found.push(...(await this.select(searched, texts, contains, containing(text), where)));
      if (!isLarge) break;
    }
    return { found, isWhole: true };
  }

  private select(
    { table, mayRead }: Searched,
    columns: readonly string[],
    condition: (column: string) => string,
    parameter: string,
    where: string,
  ): Promise<Found[]> {
    const cases = (value: (column: string) => string) =>
      `CASE ${columns.map((column) => `WHEN ${condition(column)} THEN ${value(column)}`).join(' ')} END`;
    return this.database.readAnywhere<Found>(
      `SELECT ${recordIdOf(table)} AS id, ${cases(escapeLiteral)} AS column,
         left(${cases((column) => `t.${escapeIdentifier(column)}::text`)}, 1000) AS value
       FROM ${table.relation} t WHERE ${where} AND ${mayRead} LIMIT ${mostMatches}`,
      [parameter],
    );
  }

  private mayRead(viewer: Viewer, table: ReadableTable): string {
    const entity = entityOfTable(this.database, table.name);
    return `${this.ofTenants(viewer, entity)} AND ${this.ofScopes(viewer, table, entity)}`;
  }

  /** Entries tell the tenant of a row. This only keeps rows of others from using up the limit. */
  private ofTenants({ tenants }: Viewer, entity: EntityMetadata | undefined): string {
    const tenant = entity && tenantDeclarationOf(entity);
    if (tenants === undefined || tenant === undefined || tenant.parent !== undefined) return 'true';
    return isOneOf(tenant.column, tenants);
  }

  private ofScopes(
    viewer: Viewer,
    table: ReadableTable,
    entity: EntityMetadata | undefined,
  ): string {
    const readable = viewer.of(table.name) ?? [];
    if (readable === 'all') return 'true';
    const columnOf = columnNames(table, entity);
    const scopes = readable.map((where) =>
      Object.entries(where)
        .map(([name, values]) => isOneOf(columnOf(name), [values].flat().map(String)))
        .join(' AND '),
    );
    return scopes.length === 0 ? 'false' : `(${scopes.map((scope) => `(${scope})`).join(' OR ')})`;
  }
}

/** A condition that the text of a column of a row `t` is one of some texts. */
function isOneOf(column: string, texts: readonly string[]): string {
  const list = texts.map(escapeLiteral).join(', ');
  return list === '' ? 'false' : `t.${escapeIdentifier(column)}::text IN (${list})`;
}

/** A statement that the server cancelled, because `statement_timeout` was over, found nothing. */
function nothingInTime(error: unknown): { found: readonly Found[]; isWhole: boolean } {
  if ((error as { code?: unknown } | null)?.code === '57014') return { found: [], isWhole: false };
  throw error;
}
