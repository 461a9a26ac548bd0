import { QueryFailedError } from 'typeorm';

/** What a database error carries that may hold a row's values. */
const revealing = [
  'parameters',
  'driverError',
  'detail',
  'hint',
  'where',
  'internalQuery',
] as const;

/**
 * Keeps values out of whatever prints or serialises the error. The properties stay where they were for
 * code that reads them, but loggers, which list an error's enumerable properties, no longer see them. The
 * message, which everybody prints, is changed; the driver's error has the whole of it.
 */
export function redactQueryError<T>(error: T): T {
  if (error instanceof QueryFailedError) {
    for (const property of revealing) {
      if (property in error) hide(error, property, Reflect.get(error, property));
    }
    const { message, stack } = error;
    const redacted = redactMessage(error);
    // The stack was written with the message, and begins with it.
    hide(
      error,
      'stack',
      stack?.replace(message, () => redacted),
    );
    error.message = redacted;
  }
  return error;
}

function redactMessage({ message, driverError, parameters }: QueryFailedError): string {
  // Class 22, data exception: PostgreSQL quotes the value that it refuses, or has it behind a colon.
  if (isDataException(driverError)) return message.replace(/"[^]*"|:[^]*$/g, redaction);
  // Elsewhere a quoted word is a name as a rule; to_tsquery() for one quotes what it cannot parse.
  return quoted(parameters).reduce((text, value) => text.replaceAll(value, '"…"'), message);
}

function isDataException(driverError: Error & { code?: unknown }): boolean {
  return typeof driverError.code === 'string' && driverError.code.startsWith('22');
}

function redaction(value: string): string {
  return value.startsWith('"') ? '"…"' : ': …';
}

function quoted(parameters: unknown): string[] {
  return Array.isArray(parameters) ? parameters.map((parameter) => `"${String(parameter)}"`) : [];
}

function hide(error: Error, property: string, value: unknown): void {
  Object.defineProperty(error, property, {
    value,
    enumerable: false,
    configurable: true,
    writable: true,
  });
}
