import { EventEmitter } from 'node:events';
import { wrapMethod, type Method } from './wrap-method.js';

/** Nest calls these when an application starts and ends, which is no work of the class. */
const lifecycleHooks = new Set<string | symbol>([
  'onModuleInit',
  'onApplicationBootstrap',
  'onModuleDestroy',
  'beforeApplicationShutdown',
  'onApplicationShutdown',
]);

/** What the decorator of a class put its wrapper around: that of a subclass takes its place. */
const originals = new WeakMap<Function, Method>();

/**
 * Puts `wrap` around the methods of a class, its own and those that it inherits, except those that are
 * `decorated` themselves.
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
