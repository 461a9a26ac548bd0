import type { HttpServer } from '@nestjs/common';
import { unresolvedAttribution, type Source } from './execution-origin.js';
import { RequestOrigin, type Response } from './request-origin.js';

/** A request as Express has it, or Fastify, which keeps Node's in `raw`. */
type HttpRequest = Source & { readonly raw?: object };

/** A reply of Fastify, which keeps Node's response in `raw`. */
interface Reply {
  readonly raw: Response;
}

/** The method of a Fastify instance that is called here. */
interface Hookable {
  addHook(name: string, hook: (request: HttpRequest, reply: Reply, done: () => void) => void): void;
}

/** Opens the origin of each HTTP request before its guards run. */
export function openOrigins(adapter: HttpServer): void {
  if (adapter.getType() === 'fastify') {
    // An earlier hook would be too early: its async context does not outlive the parsing of the body.
    (adapter.getInstance() as Hookable).addHook('preHandler', (request, reply, done) =>
      open(request, reply.raw, done),
    );
  } else {
    adapter.use((request: HttpRequest, response: Response, next: () => void) =>
      open(request, response, next),
    );
  }
}

function open(request: HttpRequest, response: Response, next: () => void): void {
  const sources = request.raw === undefined ? [request] : [request, request.raw];
  new RequestOrigin(sources, () => unresolvedAttribution(request), response).run(next);
}
