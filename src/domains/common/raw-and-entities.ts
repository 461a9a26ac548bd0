import type { DataSource, ObjectLiteral, SelectQueryBuilder } from 'typeorm';
import type { ColumnMetadata } from 'typeorm/metadata/ColumnMetadata.js';
import type { Alias } from 'typeorm/query-builder/Alias.js';

type Row = Record<string, unknown>;

/**
 * A faster `getRawAndEntities()` for a query that joins only to-one relations, where each row is one
 * entity. TypeORM's own version searches, for each join, which rows belong together.
 */
export async function rawAndEntities<E extends ObjectLiteral, R extends Row = Row>(
  query: SelectQueryBuilder<E>,
): Promise<{ raw: R[]; entities: E[] }> {
  // TypeORM has to run when a subscriber listens for `afterLoad`.
  if (query.dataSource.subscribers.some((subscriber) => subscriber.afterLoad !== undefined)) {
    return query.getRawAndEntities<R>();
  }
  const raw = await query.getRawMany<R>();
  const read = reader(query, query.expressionMap.mainAlias!);
  return { raw, entities: raw.map((row) => read(row) as E) };
}

/**
 * Returns a function that reads the entity with this alias, and the entities joined to it, from a row. It
 * returns null for a join without a match.
 */
function reader<E extends ObjectLiteral>(
  query: SelectQueryBuilder<E>,
  { name, metadata }: Alias,
): (row: Row) => ObjectLiteral | null {
  const nameIn = (column: ColumnMetadata) => `${name}_${column.databaseName}`;
  const columns = metadata.columns.map((column) => ({
    key: nameIn(column),
    set: setter(query.dataSource, column),
  }));
  const primaryKey = nameIn(metadata.primaryColumns[0]!);
  const joins = query.expressionMap.joinAttributes
    .filter((join) => join.parentAlias === name && join.isSelected)
    .map((join) => ({ relation: join.relation!, read: reader(query, join.alias) }));
  return (row) => {
    if (row[primaryKey] === null) return null;
    const entity = metadata.create(undefined, { fromDeserializer: true });
    for (const { key, set } of columns) {
      // The row lacks columns that the query does not select, such as secrets.
      const value = row[key];
      if (value !== undefined) set(entity, value);
    }
    for (const { relation, read } of joins) relation.setEntityValue(entity, read(row));
    return entity;
  };
}

/** The column types whose values TypeORM passes on as the driver returned them. */
const handedOn = new Set<unknown>([
  'uuid',
  'text',
  'varchar',
  'boolean',
  'integer',
  'bigint',
  'jsonb',
]);

/**
 * Chooses the conversion once per column. TypeORM chooses it again for every value, although most values
 * need none.
 */
function setter(
  { driver }: DataSource,
  column: ColumnMetadata,
): (entity: ObjectLiteral, value: unknown) => void {
  const { propertyName, type, transformer, isVirtual, embeddedMetadata } = column;
  if (
    handedOn.has(type) &&
    transformer === undefined &&
    !isVirtual &&
    embeddedMetadata === undefined
  ) {
    return (entity, value) => (entity[propertyName] = value);
  }
  return (entity, value) =>
    column.setEntityValue(entity, driver.prepareHydratedValue(value, column));
}
