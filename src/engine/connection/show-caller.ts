/** Enough frames to get past TypeORM's own calls. */
const frames = 60;

/**
 * Gives the error of a query the stack of its caller. The stack of a driver's error starts where the answer
 * came in, and V8's default of ten frames ends inside TypeORM.
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
