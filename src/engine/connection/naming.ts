import { getMetadataArgsStorage, type EntityMetadata } from 'typeorm';
import { InvalidConfigurationError } from '../config/errors.js';

/** Gives each column of these entities a name, its property's if it has none: no naming strategy makes one up. */
export function nameColumns(entities: ReadonlySet<unknown>): void {
  for (const { target, propertyName, options } of getMetadataArgsStorage().columns) {
    if (entities.has(target)) options.name ??= propertyName;
  }
}

/**
 * Makes sure that a naming strategy left the package's tables and columns their names. Its entities give all
 * of them, which a strategy may overrule.
 *
 * @throws InvalidConfigurationError when one was renamed
 */
export function assertNamesKept(metadatas: readonly EntityMetadata[]): void {
  for (const { tableName, givenTableName, columns } of metadatas) {
    const renamed = columns.find(
      ({ databaseName, givenDatabaseName }) => databaseName !== givenDatabaseName,
    );
    if (tableName === givenTableName && renamed === undefined) continue;
    const subject = renamed ? `${givenTableName}.${renamed.givenDatabaseName}` : givenTableName;
    throw new InvalidConfigurationError([
      `the option "namingStrategy" renames ${subject}, which has its name from its entity: ` +
        'let tableName() and columnName() return the second parameter (customName) when there is one.',
    ]);
  }
}
