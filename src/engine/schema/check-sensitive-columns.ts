import type { EntityMetadata } from 'typeorm';
import { auditedOptionsOf } from '../decorators/audited.decorator.js';
import { isSensitive } from '../decorators/sensitive.decorator.js';
import type { DatabaseDataSource } from '../transaction/database.data-source.js';
import type { SchemaFinding } from './schema-finding.js';

/** Column names that sound like a secret. */
const suspicious = /hash|token|secret|password/;

/**
 * Finds columns whose names sound like secrets, and that are neither marked `@Sensitive()` nor listed as
 * harmless. Tables that are not audited are skipped.
 */
export function checkSensitiveColumns(database: DatabaseDataSource): SchemaFinding[] {
  const hosts = new Set(database.hostEntities);
  return database.entityMetadatas.flatMap((metadata) => {
    if (!hosts.has(metadata)) {
      return findings(
        metadata,
        ({ column }) => column in database.packaged.harmlessColumns,
        'add it to the harmless columns in src/singr-tables.ts with the reason',
      );
    }
    const audited = auditedOptionsOf(metadata.target);
    if (audited === undefined) return [];
    return findings(
      metadata,
      ({ property }) => audited.harmless?.includes(property) ?? false,
      'say that it holds none: @Audited({ harmless: [property] })',
    );
  });
}

function findings(
  { tableName, columns }: EntityMetadata,
  isHarmless: (named: { column: string; property: string }) => boolean,
  otherwise: string,
): SchemaFinding[] {
  return columns
    .filter(({ databaseName }) => suspicious.test(databaseName))
    .filter((column) => !isSensitive(column))
    .map(({ databaseName, propertyName }) => ({
      column: `${tableName}.${databaseName}`,
      property: propertyName,
    }))
    .filter((named) => !isHarmless(named))
    .map(({ column }) => ({
      check: 'sensitive-columns' as const,
      problem: `The column ${column} looks as if it held a secret, which would show in the audit trail.`,
      remedy: `Mark its property @Sensitive() and redact it in the audit triggers, or ${otherwise}.`,
    }));
}
