import { getMetadataArgsStorage, type EntityMetadata } from 'typeorm';
import { InvalidConfigurationError } from '../config/errors.js';

/**
 * Names the unnamed columns of the entities after their properties, so that no naming strategy names them.
 */
export function nameColumns(entities: ReadonlySet<unknown>): void {
  for (const { target, propertyName, options } of getMetadataArgsStorage().columns) {
    if (entities.has(target)) options.name ??= propertyName;
  }
}

/**
 * Makes sure that the naming strategy kept the names of the package's tables and columns. The entities name all
 * of them, but a strategy may ignore that.
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
