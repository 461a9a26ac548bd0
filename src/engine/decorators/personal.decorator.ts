import type { EntityMetadata } from 'typeorm';
import { Declarations, PropertyDeclarations } from './declarations.js';

/** Names that a person goes by besides the id, such as an address: by a name for their kind, SQL of an image. */
export type PersonalNames = Readonly<Record<string, string>>;

export interface PersonOptions {
  /** Other names of the person, by which rows of other tables are found: SQL of a text in a row's `image`. */
  names?: PersonalNames;
}

export interface PersonalRecordOptions {
  /**
   * Properties that say whose a row is: a relation to the person, or to an entity whose rows are a person's,
   * or a column with the person's id. Default: the relations to the person.
   */
  of?: readonly string[];
  /**
   * Whose a row is where no property says so: SQL of an array of texts in a row's `image`, by the kind of
   * name. The kind `person` is the person's id; others are what `names` of any entity tells.
   */
  namedBy?: PersonalNames;
  /** As of a person: what else the person is called in rows of other tables. */
  names?: PersonalNames;
}

const personal = new PropertyDeclarations<true>('personal');
const persons = new Declarations<PersonOptions>('person');
const records = new Declarations<PersonalRecordOptions>('personal-record');

/**
 * Marks a column whose value is about a person. `eraseUser()` puts `"[erased]"` in its place, in every image
 * that the audit trail has of the person's rows.
 *
 * A row is the person's to whose entity it has a relation. `@PersonalRecord()` says so where there is none, or
 * not the right one.
 */
export function Personal(): PropertyDecorator {
  return (target, property) => personal.add(target, property, true);
}

/** Marks the entity whose rows are persons: those whom `eraseUser()` is given by the primary key. */
export function Person(options: PersonOptions = {}): ClassDecorator {
  return (entity) => persons.add(entity, options);
}

/** Says whose the rows of an entity are, where that is not plain from its relations. */
export function PersonalRecord(options: PersonalRecordOptions): ClassDecorator {
  return (entity) => records.add(entity, options);
}

/** The columns of an entity whose properties are marked `@Personal()`. */
export function personalColumnsOf({ columns }: EntityMetadata): string[] {
  return columns
    .filter((column) => personal.ofColumn(column) !== undefined)
    .map(({ databaseName }) => databaseName);
}

/** What an entity, or else a class that it extends, said by `@Person()`; undefined when none did. */
export function personOptionsOf(entity: unknown): PersonOptions | undefined {
  return persons.of(entity)[0];
}

/** What an entity, or else a class that it extends, said by `@PersonalRecord()`. */
export function personalRecordOptionsOf(entity: unknown): PersonalRecordOptions | undefined {
  return records.of(entity)[0];
}
