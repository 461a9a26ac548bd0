import type { IncomingMessage, ServerResponse } from 'node:http';
import type { DatabaseDataSource } from '../transaction/database.data-source.js';
import { InvalidConfigurationError } from '../config/errors.js';
import { positionOfToken, tokenOf } from '../connection/replicas/position-token.js';
import type { WalPosition } from '../connection/replicas/wal-position.js';

/** How the clients of several processes keep where they wrote. */
export interface ReadYourWritesOptions {
  /** Signs what the client keeps. At least 16 characters, and the same in all processes. */
  secret: string;
  /** The name of the cookie. Default: `singr-wrote`. */
  cookie?: string;
  /** The name of a header of responses, which the client sends back with its requests. Replaces the cookie. */
  header?: string;
}

/** How long a browser keeps the cookie, in seconds: longer than any replica is behind and still in use. */
const maxAge = 3600;

/**
 * Middleware for an application of several processes, or with sessions of people who are not users: it tells
 * the client where it wrote, in a signed cookie or header, and its next requests tell the process that serves
 * them. Register it with `app.use()`, before other middleware that reads.
 *
 * @throws InvalidConfigurationError for a secret of less than 16 characters
 */
export function readYourWrites(
  dataSource: DatabaseDataSource,
  { secret, cookie = 'singr-wrote', header }: ReadYourWritesOptions,
): (request: IncomingMessage, response: ServerResponse, next: () => void) => void {
  if (typeof secret !== 'string' || secret.length < 16) {
    throw new InvalidConfigurationError([
      'readYourWrites() takes a secret of at least 16 characters.',
    ]);
  }
  return (request, response, next) => {
    const mark = dataSource.readPositions?.markOfRequest;
    if (mark === undefined) return next();
    const token =
      header === undefined
        ? cookieOf(request, cookie)
        : request.headers[header.toLowerCase()]?.toString();
    const told = token === undefined ? undefined : positionOfToken(token, secret);
    if (told !== undefined) mark.raise(told);
    const tell = (position: WalPosition) => {
      const value = tokenOf(position, secret);
      if (header !== undefined) response.setHeader(header, value);
      else {
        const attributes = `Path=/; Max-Age=${maxAge}; HttpOnly; SameSite=Lax`;
        response.appendHeader('set-cookie', `${cookie}=${value}; ${attributes}`);
      }
    };
    const before = mark.position;
    const writeHead = response.writeHead.bind(response) as (...args: unknown[]) => ServerResponse;
    response.writeHead = (...args: unknown[]) => {
      if (!response.headersSent && mark.position > before) tell(mark.position);
      return writeHead(...args);
    };
    next();
  };
}

function cookieOf({ headers }: IncomingMessage, name: string): string | undefined {
  const prefix = `${name}=`;
  const pairs = headers.cookie?.split(';').map((pair) => pair.trim()) ?? [];
  return pairs.find((pair) => pair.startsWith(prefix))?.slice(prefix.length);
}
