import { randomBytes, randomInt } from 'node:crypto';
import type { EntityManager, ObjectLiteral } from 'typeorm';

export type EntityClass<E extends ObjectLiteral = any> = new () => E;

/** Makes a row that another one needs. */
type Make = <E extends ObjectLiteral>(entity: EntityClass<E>) => Promise<E>;

/** How to make a valid row of an entity. */
export interface Factory<E extends ObjectLiteral = any> {
  /** The rows that it must refer to, by the property with their key. */
  readonly parents: Readonly<Partial<Record<keyof E & string, EntityClass>>>;
  /** What has to be said, and is not given. */
  readonly values: (given: Partial<E>, make: Make) => Partial<E> | Promise<Partial<E>>;
  /** For what is not inserted like other rows. */
  readonly insert?: (manager: EntityManager, given: Partial<E>) => Promise<E>;
}

/** A factory with its entity. */
export function factory<E extends ObjectLiteral>(
  entity: EntityClass<E>,
  parents: Factory<E>['parents'],
  values: Factory<E>['values'],
): [EntityClass, Factory] {
  return [entity, { parents, values }];
}

/** A text like no other: the prefix, and 16 hexadecimal digits. */
export function unique(prefix: string): string {
  return `${prefix}${randomBytes(8).toString('hex')}`;
}

/** What stands for a secret: 64 hexadecimal digits, as a SHA-256 has. */
export function digest(): string {
  return randomBytes(32).toString('hex');
}

/** A positive 32-bit integer that is unlikely to be made twice. */
export function uniqueNumber(): number {
  return randomInt(1, 2 ** 31 - 1);
}

/** A time from now, in days. */
export function inDays(days: number): Date {
  return new Date(Date.now() + days * 86_400_000);
}
