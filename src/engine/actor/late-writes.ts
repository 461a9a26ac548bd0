import { fileURLToPath } from 'node:url';
import { Logger } from '@nestjs/common';
import { endedOccasion } from './actor-context.js';

/** The maximum number of warnings, so that they do not fill the log. */
const limit = 100;

const packageFolder = fileURLToPath(new URL('../../..', import.meta.url));
const packageFolders = ['src', 'migrations', 'seeds'].map((folder) => `${packageFolder}${folder}/`);
const log = new Logger('ActorContext');
const warned = new Set<string>();

/**
 * Warns of a write in the context of a request that has ended, once for each place in the application's code.
 * Such writes come from a timer that the request started, or from another request's task that a queue ran in
 * this context.
 */
export function warnOfLateWrite(): void {
  const occasion = endedOccasion();
  if (occasion === undefined || warned.size >= limit) return;
  const place = placeInApplication();
  if (warned.has(place)) return;
  warned.add(place);
  const { route, requestId } = occasion.attribution;
  log.warn(
    `A write ${place} ran in the context of ${route ?? 'a request'} (request ${requestId ?? 'without an id'}), which has ended. ` +
      'It was made outside of that request’s transaction, without an actor. Give the function to its queue, emitter or timer as ' +
      'ActorContext.bind(fn), or start what serves every request in ActorContext.exit(fn), and name its actor by ActorContext.run().',
  );
}

/** The innermost stack frame in the application's own code, such as `at flush (/app/batcher.js:12:5)`. */
function placeInApplication(): string {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 100;
  const { stack = '' } = new Error();
  Error.stackTraceLimit = stackTraceLimit;
  const frame = stack
    .split('\n')
    .slice(1)
    .find((line) => !/node_modules|node:|\(<anonymous>\)|Promise\.all/.test(line) && !isOwn(line));
  return frame?.trim() ?? 'at a place that the stack does not show';
}

function isOwn(frame: string): boolean {
  return packageFolders.some((folder) => frame.includes(folder));
}
