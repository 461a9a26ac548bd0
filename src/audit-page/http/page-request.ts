/** The parts of a request of Express and of Fastify that the page reads. */
export interface PageRequest {
  readonly url: string;
  /** Express has the whole address here, as Fastify has in `url`. */
  readonly originalUrl?: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly params: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** The address of a request, without an origin that could be trusted. */
export function addressOf({ originalUrl, url }: PageRequest): URL {
  return new URL(`http://server${originalUrl ?? url}`);
}

/**
 * The parameters of the query by name. They are read here, because applications configure how their framework
 * parses a query, and global pipes may change it. Of a repeated parameter the last one counts.
 */
export function queryOf(request: PageRequest): Record<string, string> {
  return Object.fromEntries(addressOf(request).searchParams);
}
