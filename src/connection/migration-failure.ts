import { QueryFailedError } from 'typeorm';
import {
  ExtensionMissingError,
  ExtensionPermissionError,
  SchemaPermissionError,
} from './errors.js';

/** The typed error for what commonly stops the first migration; any other error as it is. */
export function describeMigrationFailure(error: unknown): unknown {
  if (!(error instanceof QueryFailedError)) return error;
  const code = (error.driverError as { code?: string }).code;
  const concernsExtension = /^\s*CREATE EXTENSION/i.test(error.query);
  if (concernsExtension && code === '42501') return new ExtensionPermissionError(error);
  if (concernsExtension || /extension control file|is not available/.test(error.message)) {
    return new ExtensionMissingError(error);
  }
  if (code === '42501' && /permission denied for (schema|database)/.test(error.message)) {
    return new SchemaPermissionError(error);
  }
  return error;
}
