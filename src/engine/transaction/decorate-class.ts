import { EventEmitter } from 'node:events';
import { wrapMethod, type Method } from '../common/wrap-method.js';

/** Methods that Nest calls when an application starts and ends. They are not decorated. */
const lifecycleHooks = new Set<string | symbol>([
  'onModuleInit',
  'onApplicationBootstrap',
  'onModuleDestroy',
  'beforeApplicationShutdown',
  'onApplicationShutdown',
]);

/**
 * The original methods of wrappers. The decorator of a subclass wraps the original, and not the wrapper of
 * its base class.
 */
const originals = new WeakMap<Function, Method>();

/**
 * Wraps the methods of a class, including inherited ones, but not those that are decorated themselves.
 */
export function decorateClass(
  { prototype }: Function,
  wrap: (method: Method) => Method,
  decorated: (method: Method) => boolean,
): void {
  const seen = new Set<string | symbol>(['constructor', ...lifecycleHooks]);
  for (const owner of prototypesOf(prototype as object)) {
    for (const key of Reflect.ownKeys(owner)) {
      if (seen.has(key)) continue;
      seen.add(key);
      const descriptor = Reflect.getOwnPropertyDescriptor(owner, key)!;
      if (typeof descriptor.value !== 'function' || decorated(descriptor.value as Method)) continue;
      const method = originals.get(descriptor.value as Method) ?? (descriptor.value as Method);
      const value = wrapMethod(method, wrap);
      originals.set(value, method);
      Object.defineProperty(prototype, key, { ...descriptor, value });
    }
  }
}

function* prototypesOf(prototype: object): Generator<object> {
  let owner: object | null = prototype;
  while (owner !== null && owner !== Object.prototype && owner !== EventEmitter.prototype) {
    yield owner;
    owner = Reflect.getPrototypeOf(owner);
  }
}
