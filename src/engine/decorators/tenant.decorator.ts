import type { EntityMetadata } from 'typeorm';
import { PropertyDeclarations } from './declarations.js';

const tenants = new PropertyDeclarations<true>('tenant');

/**
 * Marks what tells the tenant that a row belongs to: the column with the tenant's id, or the many-to-one relation
 * to the row whose tenant it is. Rows of an entity without it are global.
 *
 * The decorator is only the declaration. A migration tells the database, by `auditTable(queryRunner, table,
 * { tenant })` for the trail, and by `isolateTable()` for row-level security. `singr-db check` and
 * `singr-db audit verify` compare the declaration with the database.
 */
export function Tenant(): PropertyDecorator {
  return (target, property) => tenants.add(target, property, true);
}

/** What tells the tenant of a row, by the names of the database. */
export interface TenantDeclaration {
  readonly column: string;
  /** The entity of the row that the column refers to; undefined when the column has the tenant's id. */
  readonly parent: EntityMetadata | undefined;
}

/** What an entity marks with `@Tenant()`; undefined when its rows are global. */
export function tenantDeclarationOf(entity: EntityMetadata): TenantDeclaration | undefined {
  const relation = entity.relations.find((candidate) => tenants.ofRelation(candidate));
  if (relation !== undefined) {
    return {
      column: relation.joinColumns[0]!.databaseName,
      parent: relation.inverseEntityMetadata,
    };
  }
  const column = entity.columns.find((candidate) => tenants.ofColumn(candidate));
  return column && { column: column.databaseName, parent: undefined };
}
