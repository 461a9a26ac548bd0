import { DataSource, type EntityMetadata } from 'typeorm';
import type { ColumnMetadata } from 'typeorm/metadata/ColumnMetadata.js';
import type { ForeignKeyMetadata } from 'typeorm/metadata/ForeignKeyMetadata.js';
import { entities } from '../../src/domains/entities.js';
import { domainsByEntity } from './domains-by-entity.js';
import type { Relation, Schema, Table } from './schema-model.js';

/** What the entities declare. Nothing connects to a database for it. */
export async function readSchema(): Promise<Schema> {
  const domains = await domainsByEntity();
  const dataSource = new UnconnectedDataSource({ type: 'postgres', entities: [...entities] });
  await dataSource.describe();
  // In the order of the list, whatever the order in which the files were loaded.
  const metadatas = entities.map((entity) => dataSource.getMetadata(entity));
  return {
    tables: metadatas.map((metadata) => table(metadata, domains)),
    relations: metadatas.flatMap((metadata) =>
      metadata.foreignKeys.map((foreignKey) => relation(metadata, foreignKey)),
    ),
  };
}

/** TypeORM builds its metadata while it connects, in a step that subclasses may take by itself. */
class UnconnectedDataSource extends DataSource {
  describe(): Promise<void> {
    return this.buildMetadatas();
  }
}

function table(metadata: EntityMetadata, domains: ReadonlyMap<unknown, string>): Table {
  const domain = domains.get(metadata.target);
  if (domain === undefined) throw new Error(`${metadata.name} is in no src/<domain>/entities/`);
  return {
    name: metadata.tableName,
    domain,
    columns: metadata.columns.map((column) => ({
      name: column.databaseName,
      type: typeOf(column),
      isPrimary: column.isPrimary,
      isForeign: metadata.foreignKeys.some(({ columns }) => columns.includes(column)),
      isUnique: isUnique(metadata, [column]),
      isNullable: column.isNullable,
    })),
  };
}

function relation(metadata: EntityMetadata, foreignKey: ForeignKeyMetadata): Relation {
  const [column, ...more] = foreignKey.columns;
  const [referred] = foreignKey.referencedColumns;
  if (column === undefined || referred === undefined || more.length > 0) {
    throw new Error(`${foreignKey.name}: a diagram has lines between single columns only`);
  }
  return {
    name: foreignKey.name,
    child: metadata.tableName,
    childColumn: column.databaseName,
    parent: foreignKey.referencedEntityMetadata.tableName,
    parentColumn: referred.databaseName,
    isOptional: column.isNullable,
    isOneToOne: isUnique(metadata, foreignKey.columns),
    onDelete: foreignKey.onDelete ?? 'NO ACTION',
  };
}

function isUnique(metadata: EntityMetadata, columns: readonly ColumnMetadata[]): boolean {
  const keys = [
    metadata.primaryColumns,
    ...metadata.uniques.map((unique) => unique.columns),
    ...metadata.indices
      .filter((index) => index.isUnique && index.where === undefined)
      .map((index) => index.columns),
  ];
  return keys.some(
    (key) => key.length === columns.length && key.every((column) => columns.includes(column)),
  );
}

function typeOf(column: ColumnMetadata): string {
  const suffix = column.isArray ? '[]' : '';
  if (column.enumName !== undefined) return column.enumName + suffix;
  const type = typeof column.type === 'string' ? column.type : column.type.name.toLowerCase();
  const modifiers = [
    column.spatialFeatureType,
    column.srid,
    column.length || undefined,
    column.precision ?? undefined,
    column.scale,
  ].filter((modifier) => modifier !== undefined);
  return type + (modifiers.length > 0 ? `(${modifiers.join(',')})` : '') + suffix;
}
