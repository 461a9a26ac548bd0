import { METHODS } from 'node:http';
import type { HttpServer } from '@nestjs/common';
import { isHttpRequest, type HttpRequest } from './node-request.js';
import { RequestOrigin } from './request-origin.js';

type Fn = (...args: unknown[]) => unknown;
type Methods = Record<string, unknown>;

/** The methods of Express that take functions which handle requests. */
const ofExpress = ['use', 'all', ...METHODS.map((method) => method.toLowerCase())];

/** The same of Fastify, besides those for routes. */
const ofFastify = ['addHook', 'setErrorHandler', 'setNotFoundHandler'];

const opened = new WeakSet<HttpServer>();

/**
 * Lets whatever handles an HTTP request run in the context of that request: middleware, hooks, routes with their
 * guards and exception filters, and what handles errors. Each is called from the end of the one before, which may
 * be in the context of another request: a queue went on there, or a store called back.
 */
export function openOrigins(adapter: HttpServer): void {
  if (opened.has(adapter)) return;
  opened.add(adapter);
  const instance: Methods = adapter.getInstance();
  if (adapter.getType() !== 'fastify') {
    for (const name of ofExpress) enterFromArguments(instance, name);
    return;
  }
  (instance['addHook'] as Fn)('onRoute', (route: Record<string, unknown>) => {
    for (const [name, value] of Object.entries(route)) route[name] = entering(value);
  });
  for (const name of ofFastify) enterFromArguments(instance, name);
  // Fastify gets none of the functions that Nest's adapter is given as middleware.
  enterFromArguments(adapter as unknown as Methods, 'use');
  const createFactory = adapter.createMiddlewareFactory.bind(adapter);
  adapter.createMiddlewareFactory = async (method) => {
    const register = await createFactory(method);
    return (path, callback) => register(path, enter(callback as Fn));
  };
}

/** Wraps the functions that the method is given from now on. */
function enterFromArguments(target: Methods, name: string): void {
  const method = target[name];
  if (typeof method !== 'function') return;
  target[name] = function (this: unknown, ...args: unknown[]) {
    return Reflect.apply(method, this, args.map(entering));
  };
}

function entering(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(entering);
  return typeof value === 'function' ? enter(value as Fn) : value;
}

/** `fn`, in the context of the request that it is called with. A proxy, as frameworks go by names and lengths. */
function enter<F extends Fn>(fn: F): F {
  return new Proxy(fn, {
    apply(target, self, args: unknown[]) {
      const index = args.findIndex(isHttpRequest);
      if (index === -1) return Reflect.apply(target, self, args);
      const origin = RequestOrigin.ofHttp(args[index] as HttpRequest, args[index + 1]);
      return origin.enter(() => Reflect.apply(target, self, args));
    },
  });
}
