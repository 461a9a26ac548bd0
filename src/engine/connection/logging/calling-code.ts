import { fileURLToPath } from 'node:url';

/** Enough frames to get past the calls of the engine and of TypeORM. */
const frames = 60;

const engineFolder = fileURLToPath(new URL('../..', import.meta.url));

/** A file of TypeORM. With source maps, its folder is not in the stack, but its folders and names inside are. */
const fileOfTypeOrm =
  /[\\/]node_modules[\\/]typeorm[\\/]|[\\/]src[\\/](?:data-source|driver|entity-manager|persistence|query-builder|query-runner|repository)[\\/](?:\w+[\\/])?[A-Z]\w+\.ts:/;

/**
 * The call that a statement comes from, such as `VenueRepository.nearby`, or `Repository.find from
 * VenuesController.list`. It is found in the stack, which V8 continues over each `await`, so that nothing has to be
 * noted before the statement.
 */
export function callingCode(): string | undefined {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = frames;
  const { stack = '' } = new Error();
  Error.stackTraceLimit = stackTraceLimit;
  let ofTypeOrm: string | undefined;
  for (const line of stack.split('\n').slice(1)) {
    const [, name] = /^\s+at (?:async )?(?:new )?([^\s(]+)(?: \[as [^\]]+\])? \(/.exec(line) ?? [];
    if (name === undefined || line.includes(engineFolder) || /\(node:|\(<anonymous>\)/.test(line)) {
      continue;
    }
    if (fileOfTypeOrm.test(line)) ofTypeOrm = name;
    else if (!/[\\/]node_modules[\\/]/.test(line) && !name.startsWith('Promise.')) {
      return ofTypeOrm === undefined ? name : `${ofTypeOrm} from ${name}`;
    }
  }
  return ofTypeOrm;
}
