import { randomBytes, randomInt } from 'node:crypto';
import type { EntityManager, ObjectLiteral } from 'typeorm';

export type EntityClass<E extends ObjectLiteral = any> = new () => E;

/** Inserts a row that another row needs. */
type Make = <E extends ObjectLiteral>(entity: EntityClass<E>) => Promise<E>;

/** Makes valid rows of an entity. */
export interface Factory<E extends ObjectLiteral = any> {
  /** The entities that a row must refer to, by the property with the foreign key. */
  readonly parents: Readonly<Partial<Record<keyof E & string, EntityClass>>>;
  /** Returns the required values that are not given. */
  readonly values: (given: Partial<E>, make: Make) => Partial<E> | Promise<Partial<E>>;
  /** Inserts the row, for entities that `save()` cannot insert. */
  readonly insert?: (manager: EntityManager, given: Partial<E>) => Promise<E>;
}

/** Defines a factory, as an entry of the list of factories. */
export function factory<E extends ObjectLiteral>(
  entity: EntityClass<E>,
  parents: Factory<E>['parents'],
  values: Factory<E>['values'],
): [EntityClass, Factory] {
  return [entity, { parents, values }];
}

/** A unique text: the prefix and 16 random hexadecimal digits. */
export function unique(prefix: string): string {
  return `${prefix}${randomBytes(8).toString('hex')}`;
}

/** A random value that looks like a SHA-256: 64 hexadecimal digits. */
export function digest(): string {
  return randomBytes(32).toString('hex');
}

/** A random positive 32-bit integer, which is probably unique. */
export function uniqueNumber(): number {
  return randomInt(1, 2 ** 31 - 1);
}

/** The time in the given number of days from now. */
export function inDays(days: number): Date {
  return new Date(Date.now() + days * 86_400_000);
}
