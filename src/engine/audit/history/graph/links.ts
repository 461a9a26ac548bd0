import type { ColumnMetadata } from 'typeorm/metadata/ColumnMetadata.js';
import type { RelationMetadata } from 'typeorm/metadata/RelationMetadata.js';
import type { EntityMetadata, ObjectLiteral, SelectQueryBuilder } from 'typeorm';

/** Rows of a table that join the rows of another part of a query. */
export interface Link {
  /** The name of the part that the rows join. */
  readonly from: string;
  /** The name of the joined part. */
  readonly to: string;
  readonly metadata: EntityMetadata;
  /** Pairs of columns that must be equal, in `from` and in `to`. */
  readonly columns: readonly (readonly [from: string, to: string])[];
}

/**
 * The joins of a query with relations, each after the one that it depends on. A relation over a join table has
 * two.
 */
export function linksOf(query: SelectQueryBuilder<ObjectLiteral>): Link[] {
  return query.expressionMap.joinAttributes.flatMap((join) => {
    const { relation } = join;
    return relation === undefined
      ? []
      : linksOfRelation(relation, join.parentAlias!, join.alias.name, join.junctionAlias);
  });
}

function linksOfRelation(
  relation: RelationMetadata,
  from: string,
  to: string,
  junction: string,
): Link[] {
  const metadata = relation.inverseEntityMetadata;
  if (relation.isManyToOne || relation.isOneToOneOwner) {
    return [{ from, to, metadata, columns: relation.joinColumns.map(toReferenced) }];
  }
  if (!relation.isManyToMany) {
    const columns = relation.inverseRelation!.joinColumns.map(fromReferenced);
    return [{ from, to, metadata, columns }];
  }
  const owner = relation.isOwning ? relation : relation.inverseRelation!;
  const [ours, theirs] = relation.isOwning
    ? [owner.joinColumns, owner.inverseJoinColumns]
    : [owner.inverseJoinColumns, owner.joinColumns];
  const joinTable = relation.junctionEntityMetadata!;
  return [
    { from, to: junction, metadata: joinTable, columns: ours.map(fromReferenced) },
    { from: junction, to, metadata, columns: theirs.map(toReferenced) },
  ];
}

/** From a foreign key to the column that it refers to. */
function toReferenced(column: ColumnMetadata): readonly [string, string] {
  return [column.databaseName, column.referencedColumn!.databaseName];
}

function fromReferenced(column: ColumnMetadata): readonly [string, string] {
  return [column.referencedColumn!.databaseName, column.databaseName];
}
