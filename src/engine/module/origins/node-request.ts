/** An HTTP request as Express and Node.js have it, or Fastify, which keeps Node's in `raw`. */
export interface HttpRequest {
  readonly method: string;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly raw?: object;
}

/** Among what a function of a framework is called with. */
export function isHttpRequest(value: unknown): value is HttpRequest {
  if (typeof value !== 'object' || value === null) return false;
  const { method, headers } = value as Partial<HttpRequest>;
  return typeof method === 'string' && typeof headers === 'object' && headers !== null;
}

/** The one object that stands for a request in every function that handles it. */
export function nodeRequest(request: object): object {
  const { raw } = request as Partial<HttpRequest>;
  return isHttpRequest(raw) ? raw : request;
}
