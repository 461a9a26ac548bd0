/** Enough for TypeORM's own calls between a statement and the application. */
const frames = 60;

/**
 * Gives an error of a query the stack of the code that asked for it. The driver's errors begin where the
 * answer came in, and V8's ten frames end within TypeORM.
 */
export function showCaller<T>(error: T): T {
  if (!(error instanceof Error)) return error;
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = frames;
  const caller: { stack?: string } = {};
  Error.captureStackTrace(caller, showCaller);
  Error.stackTraceLimit = stackTraceLimit;
  const [, ...calls] = caller.stack!.split('\n    at ');
  Object.defineProperty(error, 'stack', {
    value: [`${error.name}: ${error.message}`, ...calls].join('\n    at '),
    configurable: true,
    writable: true,
  });
  return error;
}
