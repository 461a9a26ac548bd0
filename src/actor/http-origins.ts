import type { HttpServer } from '@nestjs/common';
import { unresolvedAttribution, type Source } from './execution-origin.js';
import { RequestOrigin } from './request-origin.js';

/** A request as Express has it, or Fastify, which keeps Node's in `raw`. */
type HttpRequest = Source & { readonly raw?: object };

/** The method of a Fastify instance that is called here. */
interface Hookable {
  addHook(
    name: string,
    hook: (request: HttpRequest, reply: unknown, done: () => void) => void,
  ): void;
}

/** Opens the origin of each HTTP request before its guards run. */
export function openOrigins(adapter: HttpServer): void {
  if (adapter.getType() === 'fastify') {
    // What precedes this hook is over: the async context that it ran in does not outlive the body's parsing.
    (adapter.getInstance() as Hookable).addHook('preHandler', (request, _reply, done) =>
      open(request, done),
    );
  } else {
    adapter.use((request: HttpRequest, _response: unknown, next: () => void) =>
      open(request, next),
    );
  }
}

function open(request: HttpRequest, next: () => void): void {
  const sources = request.raw === undefined ? [request] : [request, request.raw];
  RequestOrigin.run(sources, () => unresolvedAttribution(request), next);
}
