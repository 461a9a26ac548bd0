/** An HTTP request of Express, Node.js or Fastify. Fastify has Node's request in `raw`. */
export interface HttpRequest {
  readonly method: string;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly raw?: object;
}

/** Whether an argument of a framework's function is the HTTP request. */
export function isHttpRequest(value: unknown): value is HttpRequest {
  if (typeof value !== 'object' || value === null) return false;
  const { method, headers } = value as Partial<HttpRequest>;
  return typeof method === 'string' && typeof headers === 'object' && headers !== null;
}

/** The object that identifies a request: Node's request, which is the same for all its handlers. */
export function nodeRequest(request: object): object {
  const { raw } = request as Partial<HttpRequest>;
  return isHttpRequest(raw) ? raw : request;
}
