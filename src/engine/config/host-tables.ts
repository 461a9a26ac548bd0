import { EntitySchema } from 'typeorm';
import type { DatabaseOptions } from './database-options.js';
import { InvalidConfigurationError } from './errors.js';

const isClass = (item: unknown) => typeof item === 'function';

/** The options that are lists: how to check an item, and the word for the items in the error message. */
const lists = {
  entities: [(item: unknown) => isClass(item) || item instanceof EntitySchema, 'classes'],
  migrations: [isClass, 'classes'],
  subscribers: [isClass, 'classes'],
  otherTables: [(item: unknown) => typeof item === 'string', 'names'],
} as const satisfies Partial<
  Record<keyof DatabaseOptions, [holds: (item: unknown) => boolean, what: string]>
>;

/**
 * Refuses lists with items of the wrong type, such as the file names that TypeORM accepts. A bundler would
 * leave such files out.
 *
 * @throws InvalidConfigurationError that names each wrong option
 */
export function assertHostTables(options: DatabaseOptions): void {
  const problems = Object.entries(lists)
    .filter(([name, [holds]]) => {
      const list: unknown = options[name as keyof typeof lists];
      return list !== undefined && !(Array.isArray(list) && list.every(holds));
    })
    .map(([name, [, what]]) => {
      const remedy = what === 'classes' ? ', not of file names: import them' : '';
      return `the option "${name}" takes a list of ${what}${remedy}.`;
    });
  if (typeof options.logger === 'string') {
    problems.push('the option "logger" takes an object, not the name of one of TypeORM’s loggers.');
  }
  if (problems.length > 0) throw new InvalidConfigurationError(problems);
}
