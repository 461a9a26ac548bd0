import { Inject, Injectable } from '@nestjs/common';
import { getDataSourceToken } from '@nestjs/typeorm';
import { escapeLiteral } from 'pg';
import type { EntityMetadata, EntityTarget, FindManyOptions, ObjectLiteral } from 'typeorm';
import { checkFilters } from '../../common/check-filters.js';
import type { DatabaseDataSource } from '../../transaction/database.data-source.js';
import type { ReadableTable, RecordKey } from '../audited-table.js';
import { AuditedTables } from '../audited-tables.js';
import { HistoryPrunedError, InvalidHistoryQueryError } from '../errors.js';
import { parseImage, type RowImage } from '../row-image.js';
import { prunedAfter, type Pruned } from '../pruned.js';
import { trailOf } from '../renames.js';
import { assertRowsRestricted } from '../tenant-entries.js';
import { findRow, recordIdOf } from '../find-row.js';
import { currentImage, rowOf } from '../image-sql.js';
import { assertReadable } from './assert-readable.js';
import { time } from '../check-query-values.js';
import { isoTime } from '../../common/iso-time.js';

const rowOperations = `('INSERT', 'UPDATE', 'DELETE')`;

/**
 * Reads the state of records at a time.
 *
 * The state is the image after the last entry up to that time. If there is no such entry, it is the image
 * before the first later entry. If there is no entry at all, it is the current row: the record is older than
 * the trail. A column that was added since takes its value from the first later image, or from the current
 * row.
 */
@Injectable()
export class AuditAsOf {
  constructor(
    @Inject(getDataSourceToken()) private readonly database: DatabaseDataSource,
    private readonly tables: AuditedTables,
  ) {}

  /**
   * Returns a record as it was at a time, as an entity; null before it was inserted and after it was deleted.
   *
   * @throws HistoryPrunedError when the entries of that time may have been pruned
   * @throws ImageUnreadableError when a value no longer fits its column, or was too large to be kept
   */
  async one<Entity extends ObjectLiteral>(
    entity: EntityTarget<Entity>,
    id: RecordKey,
    at: Date | string,
  ): Promise<Entity | null> {
    this.assertRestricted();
    const table = await this.tables.findReadable(entity);
    const image = await this.imageText(table, await this.tables.recordId(table, id), at);
    const [found] =
      image === null ? [] : await this.hydrate(entity, table, [image], { withDeleted: true });
    return found ?? null;
  }

  /**
   * Returns all records of a table as they were at a time, filtered and sorted by their values then.
   * Relations are not loaded, because their rows would be the current ones.
   *
   * @throws MissingFilterError for a `where` that is undefined or null
   */
  async many<Entity extends ObjectLiteral>(
    entity: EntityTarget<Entity>,
    at: Date | string,
    options: FindManyOptions<Entity>,
  ): Promise<Entity[]> {
    checkFilters(options, 'where');
    this.assertRestricted();
    const table = await this.tables.findReadable(entity);
    assertOwnColumns(this.database.getMetadata(entity), options);
    await this.assertKept(table, at);
    const rows = await this.database.read<{ image: string }>(
      `WITH entries AS (
         SELECT record_id, sequence, created_at <= $2 AS past, old_data, new_data
         FROM ${trailOf(table)} WHERE table_name = $1 AND operation IN ${rowOperations}
       ), truncated AS (
         SELECT max(sequence) AS sequence FROM ${trailOf(table)}
         WHERE table_name = $1 AND record_id IS NULL AND operation = 'TRUNCATE' AND created_at <= $2
       ), last AS (
         SELECT DISTINCT ON (record_id) record_id, sequence, new_data AS image
         FROM entries WHERE past ORDER BY record_id, sequence DESC
       ), next AS (
         SELECT DISTINCT ON (record_id) record_id, old_data AS image
         FROM entries e WHERE NOT past AND NOT EXISTS (SELECT FROM last WHERE last.record_id = e.record_id)
         ORDER BY record_id, sequence
       )
       SELECT (CASE WHEN image ?& ${literalArray(table.writableColumns)} THEN image
         ELSE ${filledUp('image', laterImage(table, 'last.record_id'))} END)::text AS image
       FROM last, truncated
       WHERE image IS NOT NULL AND (truncated.sequence IS NULL OR last.sequence > truncated.sequence)
       UNION ALL
       SELECT image::text FROM next WHERE image IS NOT NULL
       UNION ALL
       SELECT ${currentImage(table)}::text FROM ${table.relation} t
       WHERE NOT EXISTS (SELECT FROM entries WHERE entries.record_id = ${recordIdOf(table)})`,
      [table.name, time('at', at)],
    );
    return this.hydrate(
      entity,
      table,
      rows.map(({ image }) => image),
      options,
    );
  }

  /** Returns the image of a record at a time. */
  async image(
    target: EntityTarget<ObjectLiteral> | string,
    id: RecordKey,
    at: Date | string,
  ): Promise<RowImage | null> {
    this.assertRestricted();
    const table = await this.tables.findReadable(target);
    return parseImage(
      await this.imageText(table, await this.tables.recordId(table, id), at),
      table,
    );
  }

  /** @throws TenantMismatchError when the caller is bound to tenants, and current rows are not restricted */
  assertRestricted(): void {
    assertRowsRestricted(this.database.config.tenancy !== undefined);
  }

  /** Returns the image of a record at a time, as JSON text. */
  async imageText(
    table: ReadableTable,
    recordId: string,
    at: Date | string,
  ): Promise<string | null> {
    const [found] = await this.database.read<{ image: string | null; fromPast: boolean }>(
      `WITH past AS (
         SELECT CASE WHEN EXISTS (
             SELECT FROM (SELECT * FROM ${trailOf(table)}) AS cut
             WHERE cut.table_name = $1 AND cut.record_id IS NULL AND cut.operation = 'TRUNCATE'
               AND cut.created_at <= $3 AND cut.sequence > l.sequence)
           THEN NULL ELSE new_data END AS image
         FROM (SELECT * FROM ${trailOf(table)}) AS l
         WHERE table_name = $1 AND record_id = $2 AND created_at <= $3 AND operation IN ${rowOperations}
         ORDER BY sequence DESC LIMIT 1
       ), later AS (
         (SELECT old_data AS image, 1 AS preference FROM ${trailOf(table)}
         WHERE table_name = $1 AND record_id = $2 AND created_at > $3 AND operation IN ${rowOperations}
         ORDER BY sequence LIMIT 1)
         UNION ALL
         (SELECT ${currentImage(table)}, 2 FROM ${table.relation} t WHERE ${findRow(table, '$2')})
         ORDER BY preference LIMIT 1
       )
       SELECT ${filledUp('past.image', '(SELECT image FROM later)')}::text AS image, true AS "fromPast" FROM past
       UNION ALL
       SELECT image::text, false FROM later WHERE NOT EXISTS (SELECT FROM past)`,
      [table.name, recordId, time('at', at)],
    );
    if (found === undefined || !found.fromPast) await this.assertKept(table, at);
    return found?.image ?? null;
  }

  /** The current time by the clock of the database, which the trail's times come from. */
  async now(): Promise<string> {
    const [clock] = await this.database.read<{ now: string }>(
      `SELECT ${isoTime('clock_timestamp()')} AS now`,
    );
    return clock!.now;
  }

  /** @throws HistoryPrunedError when entries that tell the state at `at` may have been pruned */
  async assertKept(table: ReadableTable, at: Date | string): Promise<void> {
    const [pruned] = await this.database.read<Pruned>(prunedAfter, [
      time('at', at),
      table.periods.map(({ name }) => name),
    ]);
    if (pruned !== undefined) throw new HistoryPrunedError(table.name, pruned.before);
  }

  /**
   * Turns images into entities with TypeORM. In its SELECT, a subquery of rows made from the images takes the
   * place of the table.
   */
  private async hydrate<Entity extends ObjectLiteral>(
    entity: EntityTarget<Entity>,
    table: ReadableTable,
    images: string[],
    options: FindManyOptions<Entity>,
  ): Promise<Entity[]> {
    await assertReadable(this.database, table, images);
    const query = this.database
      .getRepository(entity)
      .createQueryBuilder(this.database.getMetadata(entity).name)
      .setParameter('images', images);
    query.expressionMap.mainAlias!.subQuery = `(
      SELECT then_row.* FROM unnest(CAST(:images AS jsonb[])) AS kept (image)
      CROSS JOIN LATERAL (${rowOf(table, 'kept.image')}) AS then_row)`;
    return query.setFindOptions({ ...options, loadEagerRelations: false }).getMany();
  }
}

/**
 * SQL of an image that also has the columns which were added later, with their values in the image `later`.
 */
function filledUp(image: string, later: string): string {
  return `CASE WHEN ${image} IS NULL THEN NULL ELSE coalesce(${later}, '{}') || ${image} END`;
}

/** SQL of the first image of a record after a time ($2), else of its current row. */
function laterImage(table: ReadableTable, recordId: string): string {
  return `coalesce(
    (SELECT old_data FROM ${trailOf(table)}
     WHERE table_name = $1 AND record_id = ${recordId} AND created_at > $2 AND operation IN ${rowOperations}
     ORDER BY sequence LIMIT 1),
    (SELECT ${currentImage(table)} FROM ${table.relation} t WHERE ${findRow(table, recordId)}))`;
}

function literalArray(texts: readonly string[]): string {
  return `ARRAY[${texts.map(escapeLiteral).join(', ')}]::text[]`;
}

/** @throws InvalidHistoryQueryError for options that would read the current rows of other tables */
function assertOwnColumns<Entity extends ObjectLiteral>(
  { relations, name }: EntityMetadata,
  options: FindManyOptions<Entity>,
): void {
  const { where = [], order = {}, relations: loaded = {} } = options;
  const conditions = Array.isArray(where) ? where : [where];
  const named = [...conditions, order, loaded].flatMap((part) => [
    ...(Array.isArray(part) ? (part as string[]) : Object.keys(part)),
  ]);
  const relation = relations.find(({ propertyName }) =>
    named.some((path) => path.split('.')[0] === propertyName),
  );
  if (relation === undefined) return;
  throw new InvalidHistoryQueryError(
    `"${relation.propertyName}" is a relation of ${name}, whose rows are not those of that time. ` +
      'Use the column beside it, and ask for the other records as of the same time.',
  );
}
