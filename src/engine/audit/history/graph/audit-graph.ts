import { Inject, Injectable } from '@nestjs/common';
import { getDataSourceToken } from '@nestjs/typeorm';
import type {
  EntityTarget,
  FindOptionsRelations,
  ObjectLiteral,
  SelectQueryBuilder,
} from 'typeorm';
import type { DatabaseDataSource } from '../../../transaction/database.data-source.js';
import type { ReadableTable, RecordKey } from '../../audited-table.js';
import { AuditedTables } from '../../audited-tables.js';
import { time } from '../../check-query-values.js';
import { nameOfEntity } from '../../entity-of-table.js';
import { InvalidHistoryQueryError } from '../../errors.js';
import { rowOf } from '../../image-sql.js';
import { assertReadable } from '../assert-readable.js';
import { AuditAsOf } from '../audit-as-of.js';
import { candidatesSql, joinsSql } from './candidates-sql.js';
import { linksOf, type Link } from './links.js';
import { stateSql } from './state-sql.js';

/** The options of a record as it was. */
export interface AsOfOptions<Entity extends ObjectLiteral> {
  /** The relations to load, as in `find()`. Each row is as it was at the same time. Default: none. */
  relations?: FindOptionsRelations<Entity>;
  /** Whether rows of relations that were soft-deleted at that time are loaded. Default: false. */
  withDeleted?: boolean;
}

/** The images of the rows of one table, by record id. */
type Images = Map<string, string>;

/** More rows are refused, because they would have to fit into the memory of this process several times. */
const mostRows = 10_000;

/**
 * Reads a record with its relations as they were at a time.
 *
 * 1. TypeORM builds the query that `find()` would send.
 * 2. One statement, and so one snapshot, reads the images of all rows that this query joins.
 * 3. TypeORM's query runs with rows made from these images in place of the tables.
 */
@Injectable()
export class AuditGraph {
  constructor(
    @Inject(getDataSourceToken()) private readonly database: DatabaseDataSource,
    private readonly tables: AuditedTables,
    private readonly asOf: AuditAsOf,
  ) {}

  /**
   * Returns a record with its relations; null before it was inserted and after it was deleted.
   *
   * @throws TableNotAuditedError when a table of the relations is not audited
   * @throws HistoryPrunedError when the entries of that time may have been pruned
   * @throws ImageUnreadableError when a value no longer fits its column, or was too large to be kept
   * @throws InvalidHistoryQueryError for more than 10,000 rows
   * @throws TenantMismatchError when the caller is bound to tenants, and current rows are not restricted
   */
  async one<Entity extends ObjectLiteral>(
    entity: EntityTarget<Entity>,
    id: RecordKey,
    at: Date | string,
    { relations = {}, withDeleted = false }: AsOfOptions<Entity>,
  ): Promise<Entity | null> {
    this.asOf.assertRestricted();
    const metadata = this.database.getMetadata(entity);
    const query = this.database.getRepository(entity).createQueryBuilder(metadata.name);
    query.setFindOptions({ relations, withDeleted, relationLoadStrategy: 'join' });
    // The record itself is returned also when it was soft-deleted.
    query.withDeleted();
    // A parent that had not been committed at that time must not hide its child.
    for (const join of query.expressionMap.joinAttributes) join.direction = 'LEFT';
    const links = linksOf(query);
    const names = [metadata, ...links.map((link) => link.metadata)].map(nameOfEntity);
    const tables = await this.tables.loadReadable(names);
    const table = tables.get(names[0]!)!;
    for (const one of tables.values()) await this.asOf.assertKept(one, at);
    const recordId = await this.tables.recordId(table, id);
    const images = await this.images(query.alias, links, tables, names, [time('at', at), recordId]);
    for (const [name, rows] of images) {
      await assertReadable(this.database, tables.get(name)!, [...rows.values()]);
    }
    const [found] = await withRows(query, links, tables, images, recordId).getMany();
    return found ?? null;
  }

  /** The images of the rows of each table, by the table's name. */
  private async images(
    root: string,
    links: readonly Link[],
    tables: ReadonlyMap<string, ReadableTable>,
    names: readonly string[],
    parameters: unknown[],
  ): Promise<Map<string, Images>> {
    // PostgreSQL would cut the name of an alias with a prefix.
    const places = new Map(
      [root, ...links.map(({ to }) => to)].map((alias, place) => [alias, place]),
    );
    const part = (alias: string) => `part_${places.get(alias)}`;
    const at = '$1::timestamptz';
    const parts = [
      {
        name: part(root),
        sql: `SELECT $2::text AS record_id, ${stateSql(tables.get(names[0]!)!, '$2::text', at)} AS image`,
      },
      ...links.map((link, index) => {
        const table = tables.get(names[index + 1]!)!;
        const from = part(link.from);
        const records = candidatesSql(table, link, from, at);
        return {
          name: part(link.to),
          sql: `SELECT found.record_id, found.image FROM (
              SELECT record.record_id, ${stateSql(table, 'record.record_id', at)} AS image
              FROM (${records}) AS record OFFSET 0) AS found
            WHERE found.image IS NOT NULL AND ${joinsSql(link, from, 'found.image')}`,
        };
      }),
    ];
    const rows = await this.database.read<{ part: number; id: string; image: string }>(
      `WITH ${parts.map(({ name, sql }) => `${name} AS MATERIALIZED (${sql})`).join(', ')}
       ${parts.map(({ name }, index) => `SELECT ${index} AS part, record_id AS id, image::text AS image FROM ${name} WHERE image IS NOT NULL`).join(' UNION ALL ')}
       LIMIT ${mostRows + 1}`,
      parameters,
    );
    if (rows.length > mostRows) {
      throw new InvalidHistoryQueryError(
        `The record had more than ${mostRows} rows in its relations. Load fewer relations at a time.`,
      );
    }
    const images = new Map<string, Images>([...tables.keys()].map((name) => [name, new Map()]));
    for (const row of rows) images.get(names[row.part]!)!.set(row.id, row.image);
    return images;
  }
}

/** The query, with rows made from the images in place of the tables. */
function withRows<Entity extends ObjectLiteral>(
  query: SelectQueryBuilder<Entity>,
  links: readonly Link[],
  tables: ReadonlyMap<string, ReadableTable>,
  images: ReadonlyMap<string, Images>,
  recordId: string,
): SelectQueryBuilder<Entity> {
  const main = query.expressionMap.mainAlias!;
  const rows = (name: string, kept: readonly string[], parameter: string) => {
    query.setParameter(parameter, kept);
    return `(SELECT then_row.* FROM unnest(CAST(:${parameter} AS jsonb[])) AS kept (image)
      CROSS JOIN LATERAL (${rowOf(tables.get(name)!, 'kept.image')}) AS then_row)`;
  };
  const root = nameOfEntity(main.metadata);
  const record = images.get(root)!.get(recordId);
  main.subQuery = rows(root, record === undefined ? [] : [record], 'record');
  const joined = new Map(
    links.map(({ metadata }, index) => {
      const name = nameOfEntity(metadata);
      return [metadata.tablePath, rows(name, [...images.get(name)!.values()], `rows${index}`)];
    }),
  );
  // TypeORM names the tables of joins by this method alone.
  Object.assign(query, { getTableName: (path: string) => joined.get(path)! });
  return query;
}
