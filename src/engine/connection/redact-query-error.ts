import { QueryFailedError } from 'typeorm';

/** Properties of a database error that may hold values of a row. */
const revealing = [
  'parameters',
  'driverError',
  'detail',
  'hint',
  'where',
  'internalQuery',
] as const;

/**
 * Keeps values of rows out of logs. The properties that may hold values become non-enumerable: loggers no
 * longer list them, and code can still read them. Values in the message are replaced; the driver's error has
 * the full message.
 */
export function redactQueryError<T>(error: T): T {
  if (error instanceof QueryFailedError) {
    for (const property of revealing) {
      if (property in error) hide(error, property, Reflect.get(error, property));
    }
    const { message, stack } = error;
    const redacted = redactMessage(error);
    // The stack begins with the message.
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
  // Class 22, data exception: the message has the refused value in quotes, or after a colon.
  if (isDataException(driverError)) return message.replace(/"[^]*"|:[^]*$/g, redaction);
  // In other messages quoted words are usually names. Exceptions such as to_tsquery() quote a parameter.
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
