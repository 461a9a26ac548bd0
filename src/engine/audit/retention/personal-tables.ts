import { escapeLiteral } from 'pg';
import type { EntityMetadata } from 'typeorm';
import type { ColumnMetadata } from 'typeorm/metadata/ColumnMetadata.js';
import type { RelationMetadata } from 'typeorm/metadata/RelationMetadata.js';
import { groupBy } from '../../common/group-by.js';
import type { DatabaseDataSource } from '../../transaction/database.data-source.js';
import {
  personalColumnsOf,
  personalRecordOptionsOf,
  personOptionsOf,
} from '../../decorators/personal.decorator.js';
import { nameOfEntity } from '../entity-of-table.js';
import { InvalidPersonalDataError } from '../errors.js';

/** A table whose entries in the trail may have data about a person, or lead to such entries. */
export interface PersonalTable {
  readonly table: string;
  /** A record belongs to the person if any of these names the person, now or in an image. */
  readonly owners: readonly Owner[];
  /** The columns with personal data. */
  readonly columns: readonly string[];
  /**
   * Names, other than the id, by which other tables refer to such a record. The key is the kind of name, the
   * value is SQL of an image.
   */
  readonly names: Readonly<Record<string, string>>;
}

/** A place in an image that names the owner of the record: the person, or another record of the person. */
export interface Owner {
  /** SQL of the names in an image, an array of texts. */
  readonly namesIn: string;
  /** The kind of the names, such as `personKind` or, for ids of records, the result of `recordsOf()`. */
  readonly kind: string;
}

/** The kind of name for the person's id. */
export const personKind = 'person';

/** The kind of name for the ids of a table's records. */
export const recordsOf = (table: string) => `records of ${table}`;

/**
 * The tables that hold personal data, as the entities declare it, and the tables through which their records
 * are found.
 *
 * @throws InvalidPersonalDataError
 */
export function personalTablesOf({ entityMetadatas }: DatabaseDataSource): PersonalTable[] {
  const entities = new Set(entityMetadatas.filter(isDeclared));
  // The loop also visits entities that are added to the set meanwhile.
  for (const metadata of entities) {
    for (const { inverseEntityMetadata } of ownersOf(metadata).filter(isRelation)) {
      entities.add(inverseEntityMetadata);
    }
  }
  // Several classes may share a table.
  const byTable = groupBy([...entities], nameOfEntity);
  return [...byTable].map(([table, classes]) => ({
    table,
    owners: unique(classes.flatMap(namesOfOwners)),
    columns: [...new Set(classes.flatMap(personalColumnsOf))],
    names: Object.assign({}, ...classes.map(namesOf)) as Record<string, string>,
  }));
}

/** Whether an entity has a decorator for personal data. */
function isDeclared(metadata: EntityMetadata): boolean {
  return (
    personalColumnsOf(metadata).length > 0 ||
    isPerson(metadata) ||
    personalRecordOptionsOf(metadata.target) !== undefined
  );
}

/** Whether the primary keys of persons are UUIDs. Then no other id can be a person's. */
export function peopleHaveUuids({ entityMetadatas }: DatabaseDataSource): boolean {
  const keys = entityMetadatas.filter(isPerson).flatMap(({ primaryColumns }) => primaryColumns);
  return keys.length > 0 && keys.every(({ type }) => type === 'uuid');
}

const isPerson = ({ target }: EntityMetadata) => personOptionsOf(target) !== undefined;

function namesOf({ target }: EntityMetadata): Readonly<Record<string, string>> {
  return { ...personOptionsOf(target)?.names, ...personalRecordOptionsOf(target)?.names };
}

/** @throws InvalidPersonalDataError when nothing tells which person the rows belong to */
function namesOfOwners(metadata: EntityMetadata): Owner[] {
  const { namedBy = {} } = personalRecordOptionsOf(metadata.target) ?? {};
  const owners = [
    ...(isPerson(metadata) ? [ownKey(metadata)] : []),
    ...ownersOf(metadata).map((owner) => nameOfOwner(metadata, owner)),
    ...Object.entries(namedBy).map(([kind, namesIn]) => ({ kind, namesIn })),
  ];
  if (owners.length > 0) return owners;
  throw new InvalidPersonalDataError(
    `Nothing tells which person the rows of "${nameOfEntity(metadata)}" belong to: it has no relation to an entity marked @Person()`,
  );
}

function ownKey(metadata: EntityMetadata): Owner {
  const [key, ...others] = metadata.primaryColumns;
  if (key !== undefined && others.length === 0) return nameIn(key, personKind);
  throw new InvalidPersonalDataError(
    `"${nameOfEntity(metadata)}" is marked @Person(), and has a primary key of several columns`,
  );
}

/** The relations, and the columns with a person's id, that tell which person an entity's rows belong to. */
function ownersOf(metadata: EntityMetadata): (RelationMetadata | ColumnMetadata)[] {
  const { of } = personalRecordOptionsOf(metadata.target) ?? {};
  if (of === undefined) {
    // A relation between persons, such as to the one who invited another, does not tell whose a row is.
    return isPerson(metadata)
      ? []
      : metadata.relations.filter(
          (relation) => relation.isOwning && isPerson(relation.inverseEntityMetadata),
        );
  }
  return of.map((property) => {
    const found =
      metadata.findRelationWithPropertyPath(property) ??
      metadata.findColumnWithPropertyPath(property);
    if (found !== undefined) return found;
    throw new InvalidPersonalDataError(
      `@PersonalRecord() of "${nameOfEntity(metadata)}" names "${property}", which is not a property of it`,
    );
  });
}

function nameOfOwner(metadata: EntityMetadata, owner: RelationMetadata | ColumnMetadata): Owner {
  if (!isRelation(owner)) return nameIn(owner, personKind);
  const [column, ...others] = owner.joinColumns;
  const { inverseEntityMetadata: parent } = owner;
  const isToKey =
    others.length === 0 &&
    parent.primaryColumns.length === 1 &&
    column?.referencedColumn?.isPrimary === true;
  if (isToKey) {
    return nameIn(column, isPerson(parent) ? personKind : recordsOf(nameOfEntity(parent)));
  }
  throw new InvalidPersonalDataError(
    `"${owner.propertyPath}" of "${nameOfEntity(metadata)}" is not a foreign key of one column to the primary key of "${nameOfEntity(parent)}"`,
  );
}

const isRelation = (owner: RelationMetadata | ColumnMetadata): owner is RelationMetadata =>
  'joinColumns' in owner;

const nameIn = ({ databaseName }: ColumnMetadata, kind: string): Owner => ({
  namesIn: `ARRAY[image->>${escapeLiteral(databaseName)}]`,
  kind,
});

function unique(owners: readonly Owner[]): Owner[] {
  return [...new Map(owners.map((owner) => [`${owner.kind} ${owner.namesIn}`, owner])).values()];
}
