import type { JsonObject } from '../../common/json.js';
import { InvalidConfigurationError } from '../../config/errors.js';
import { bounded } from './request-id.js';

/** What the trail may keep about the client of a request. Both are personal data. */
export type OriginField = 'ip' | 'userAgent';

const originFields: readonly OriginField[] = ['ip', 'userAgent'];

/** What the audit trail keeps besides the change, the actor, the request and the route. */
export interface AuditOptions {
  /**
   * What to keep about the client of a request, in the entry's context: its address `ip`, as the framework
   * reports it, and the header `userAgent`. `eraseUser()` erases both. Default: nothing.
   */
  origin?: readonly OriginField[];
}

/** The properties read here of a request of Express and Fastify, and of a socket of Socket.IO and of `ws`. */
interface Client {
  readonly ip?: string;
  readonly headers?: Headers;
  readonly handshake?: { readonly address?: string; readonly headers?: Headers };
  readonly _socket?: { readonly remoteAddress?: string };
}

type Headers = Readonly<Record<string, string | string[] | undefined>>;

/** @throws InvalidConfigurationError when the list has anything else than fields of an origin */
export function checkedOrigin({ origin = [] }: AuditOptions = {}): readonly OriginField[] {
  if (Array.isArray(origin) && origin.every((field) => originFields.includes(field))) return origin;
  throw new InvalidConfigurationError([
    `the option "audit.origin" takes a list of ${originFields.join(' and ')}.`,
  ]);
}

/** The fields of an origin that are known, by their names. */
export function recordedOrigin(source: object, fields: readonly OriginField[]): JsonObject {
  const { ip, headers, handshake, _socket } = source as Client;
  const known: Record<OriginField, string | string[] | undefined> = {
    ip: ip ?? handshake?.address ?? _socket?.remoteAddress,
    userAgent: (headers ?? handshake?.headers)?.['user-agent'],
  };
  return Object.fromEntries(
    fields.flatMap((field) => {
      const value = known[field];
      return typeof value === 'string' ? [[field, bounded(value)]] : [];
    }),
  );
}
