import { QueryFailedError } from 'typeorm';

/** What a database error carries that may hold a row's values. */
const revealing = ['parameters', 'driverError', 'detail', 'where', 'internalQuery'] as const;

/**
 * Keeps values out of whatever prints or serialises the error: the properties stay where they were for
 * code that reads them, but loggers, which list an error's enumerable properties, no longer see them.
 */
export function redactQueryError<T>(error: T): T {
  if (error instanceof QueryFailedError) {
    for (const property of revealing) {
      if (property in error) {
        Object.defineProperty(error, property, {
          value: Reflect.get(error, property),
          enumerable: false,
          configurable: true,
          writable: true,
        });
      }
    }
  }
  return error;
}
