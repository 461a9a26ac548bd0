import type { EntityMetadata } from 'typeorm';
import { Declarations, PropertyDeclarations } from './declarations.js';

/**
 * Names of a person besides the id, such as an address. The key is the kind of name, the value is SQL that
 * reads the name from a row's `image`.
 */
export type PersonalNames = Readonly<Record<string, string>>;

export interface PersonOptions {
  /**
   * Other names of the person, by which rows of other tables refer to the person. Each is SQL of a text in a
   * row's `image`.
   */
  names?: PersonalNames;
}

export interface PersonalRecordOptions {
  /**
   * Properties that tell which person a row belongs to: a relation to the person, a relation to an entity
   * whose rows belong to a person, or a column with the person's id. Default: the relations to the person.
   */
  of?: readonly string[];
  /**
   * Names of the person in rows that have no such property. The key is the kind of name, the value is SQL of
   * an array of texts in a row's `image`. The kind `person` is the person's id; other kinds are those that
   * any entity defines with `names`.
   */
  namedBy?: PersonalNames;
  /**
   * Other names of the person, by which rows of other tables refer to the person. As `names` of `@Person()`.
   */
  names?: PersonalNames;
}

const personal = new PropertyDeclarations<true>('personal');
const persons = new Declarations<PersonOptions>('person');
const records = new Declarations<PersonalRecordOptions>('personal-record');

/**
 * Marks a column whose value is personal data. `eraseUser()` replaces it by `"[erased]"` in every image that
 * the audit trail has of the person's rows.
 *
 * A row belongs to the person that its entity has a relation to. If the entity has no such relation, or not
 * the right one, use `@PersonalRecord()`.
 */
export function Personal(): PropertyDecorator {
  return (target, property) => personal.add(target, property, true);
}

/** Marks the entity whose rows are persons. `eraseUser()` takes their primary key. */
export function Person(options: PersonOptions = {}): ClassDecorator {
  return (entity) => persons.add(entity, options);
}

/** Tells which person the rows of an entity belong to, if its relations do not tell it. */
export function PersonalRecord(options: PersonalRecordOptions): ClassDecorator {
  return (entity) => records.add(entity, options);
}

/** The columns of an entity whose properties are marked `@Personal()`. */
export function personalColumnsOf({ columns }: EntityMetadata): string[] {
  return columns
    .filter((column) => personal.ofColumn(column) !== undefined)
    .map(({ databaseName }) => databaseName);
}

/** The options of `@Person()` on an entity or a class that it extends; undefined if there are none. */
export function personOptionsOf(entity: unknown): PersonOptions | undefined {
  return persons.of(entity)[0];
}

/**
 * The options of `@PersonalRecord()` on an entity or a class that it extends; undefined if there are none.
 */
export function personalRecordOptionsOf(entity: unknown): PersonalRecordOptions | undefined {
  return records.of(entity)[0];
}
