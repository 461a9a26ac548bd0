import { QueryFailedError } from 'typeorm';
import {
  ExtensionFailedError,
  ExtensionMissingError,
  ExtensionOffPathError,
  ExtensionPermissionError,
  SchemaConflictError,
  SchemaPermissionError,
} from './errors.js';

/** CREATE EXTENSION anywhere in a query, as one query may hold several statements. */
const createsExtension =
  /\bCREATE\s+EXTENSION\s+(?:IF\s+NOT\s+EXISTS\s+)?("[^"]+"|[a-z_][\w$-]*)/gi;

const duplicates = new Set([
  '42P06', // duplicate_schema
  '42P07', // duplicate_table
  '42710', // duplicate_object, such as a type
  '42723', // duplicate_function
]);

/** What the migrations use of extensions, in PostgreSQL's message that it does not exist. */
const ofExtension =
  /\b(?:type|operator class|function) "?(?:geography|geometry|gin_trgm_ops|unaccent|similarity|word_similarity|digest|st_\w+)\b.* does not exist/i;

/**
 * Converts the common failures of migrations to errors of this package. Other errors are returned as they
 * are.
 */
export function describeMigrationFailure(error: unknown): unknown {
  if (!(error instanceof QueryFailedError)) return error;
  const { code } = error.driverError as { code?: string };
  const extension = failedExtension(error);
  // The driver's error has the message without redaction: such a statement has no values of rows.
  if (extension !== undefined) return describeExtensionFailure(error.driverError, extension, code);
  if (code !== undefined && duplicates.has(code)) return new SchemaConflictError(error);
  if (ofExtension.test(error.message)) return new ExtensionOffPathError(error);
  if (code === '42501' && /permission denied for (schema|database)/.test(error.message)) {
    return new SchemaPermissionError(error);
  }
  return error;
}

function describeExtensionFailure(error: Error, extension: string, code: string | undefined) {
  switch (code) {
    case '42501': // insufficient_privilege
      return new ExtensionPermissionError(extension, error);
    case '0A000': // feature_not_supported: "extension … is not available"
    case '58P01': // undefined_file: its control file or its library
      return new ExtensionMissingError(extension, error);
    default:
      return new ExtensionFailedError(extension, error);
  }
}

/** The extension that a query failed to create, or undefined when something else failed. */
function failedExtension({ query, message }: QueryFailedError): string | undefined {
  const names = [...query.matchAll(createsExtension)].map(([, name]) => unquoted(name!));
  // Most of these errors name the extension. Without a name in it, the error belongs to CREATE EXTENSION only
  // when the query has no other statement.
  const named = names.find((name) => message.includes(`"${name}"`));
  const isAlone = /^\s*CREATE\s+EXTENSION\b[^;]*;?\s*$/i.test(query);
  return named ?? (isAlone ? names[0] : undefined);
}

function unquoted(name: string): string {
  return name.startsWith('"') ? name.slice(1, -1) : name.toLowerCase();
}
