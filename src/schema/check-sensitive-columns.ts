import type { EntityMetadata } from 'typeorm';
import { sensitivePropertiesOf } from '../common/sensitive.decorator.js';
import type { SchemaFinding } from './schema-finding.js';

/** Names that promise a secret. */
const suspicious = /hash|token|secret|password/;

/** Columns with such a name that hold none, each with the reason. */
const harmless: Readonly<Record<string, string>> = {
  'accounts.token_type': 'names the kind of token, such as "bearer"',
  'users.password_algo': 'names the algorithm, such as "argon2id"',
};

/** Columns that look as if they hold a secret, and of which nobody said whether they do. */
export function checkSensitiveColumns(entities: readonly EntityMetadata[]): SchemaFinding[] {
  return entities.flatMap(({ target, tableName, columns }) => {
    const sensitive = sensitivePropertiesOf(target as Function);
    return columns
      .filter((column) => suspicious.test(column.databaseName))
      .filter((column) => !sensitive.has(column.propertyName))
      .map((column) => `${tableName}.${column.databaseName}`)
      .filter((column) => !(column in harmless))
      .map((column) => ({
        check: 'sensitive-columns' as const,
        problem: `The column ${column} looks as if it held a secret, which would show in the audit trail.`,
        remedy:
          'Mark its property @Sensitive() and redact it in the audit triggers, or add it to the list of ' +
          'harmless columns in src/schema/check-sensitive-columns.ts with the reason.',
      }));
  });
}
