import { METHODS } from 'node:http';
import type { HttpServer } from '@nestjs/common';
import { isHttpRequest, type HttpRequest } from './node-request.js';
import { requestIdOf, type RequestIdSource } from './request-id.js';
import { RequestOrigin } from './request-origin.js';

type Fn = (...args: unknown[]) => unknown;
type Methods = Record<string, unknown>;

/** The methods of Express that register request handlers. */
const ofExpress = ['use', 'all', ...METHODS.map((method) => method.toLowerCase())];

/** The methods of Fastify that register request handlers, without those for routes. */
const ofFastify = ['addHook', 'setErrorHandler', 'setNotFoundHandler'];

const opened = new WeakSet<HttpServer>();

/**
 * Runs every function that handles an HTTP request in the context of that request: middleware, hooks, routes
 * with their guards and exception filters, and error handlers. Each is called when the one before ends, which
 * may be in the context of another request, for example in a callback of a queue or a session store.
 *
 * @param idSource returns where requests have their id from
 */
export function openOrigins(
  adapter: HttpServer,
  idSource: () => RequestIdSource | undefined,
): void {
  if (opened.has(adapter)) return;
  opened.add(adapter);
  const enter = <F extends Fn>(fn: F) => entered(fn, idSource);
  const entering = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(entering);
    return typeof value === 'function' ? enter(value as Fn) : value;
  };
  const instance: Methods = adapter.getInstance();
  if (adapter.getType() !== 'fastify') {
    for (const name of ofExpress) enterFromArguments(instance, name, entering);
    return;
  }
  (instance['addHook'] as Fn)('onRoute', (route: Record<string, unknown>) => {
    for (const [name, value] of Object.entries(route)) route[name] = entering(value);
  });
  for (const name of ofFastify) enterFromArguments(instance, name, entering);
  // Nest's adapter does not register middleware with these methods of Fastify.
  enterFromArguments(adapter as unknown as Methods, 'use', entering);
  const createFactory = adapter.createMiddlewareFactory.bind(adapter);
  adapter.createMiddlewareFactory = async (method) => {
    const register = await createFactory(method);
    return (path, callback) => register(path, enter(callback as Fn));
  };
}

/** Wraps the functions that the method gets as arguments from now on. */
function enterFromArguments(
  target: Methods,
  name: string,
  entering: (value: unknown) => unknown,
): void {
  const method = target[name];
  if (typeof method !== 'function') return;
  target[name] = function (this: unknown, ...args: unknown[]) {
    return Reflect.apply(method, this, args.map(entering));
  };
}

/**
 * Runs `fn` in the context of the request among its arguments. A proxy, because frameworks use the name and
 * length of functions.
 */
function entered<F extends Fn>(fn: F, idSource: () => RequestIdSource | undefined): F {
  return new Proxy(fn, {
    apply(target, self, args: unknown[]) {
      const index = args.findIndex(isHttpRequest);
      if (index === -1) return Reflect.apply(target, self, args);
      const request = args[index] as HttpRequest;
      const source = idSource();
      if (source !== undefined) requestIdOf(request, source);
      const origin = RequestOrigin.ofHttp(request, args[index + 1]);
      return origin.enter(() => Reflect.apply(target, self, args));
    },
  });
}
