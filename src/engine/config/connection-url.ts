import { checkedPorts, readParameters } from './connection-parameters.js';
import { InvalidConfigurationError } from './errors.js';
import { definedOnly, type ServerSettings } from './server-settings.js';

/** Login, hosts, database and parameters. The login ends at the first "@", as in libpq. */
const parts = /^postgres(?:ql)?:\/\/(?:([^@/]*)@)?([^/?]*)(?:\/([^?]*))?(?:\?(.*))?$/is;

/**
 * Parses a connection URL (PostgreSQL manual, "Connection URIs"). It may have several hosts, and none, which
 * the URL class of Node.js cannot parse.
 *
 * @throws InvalidConfigurationError that says what is wrong with the URL. No part of the password is in the
 *   message
 */
export function parseConnectionUrl(url: string, name = 'DATABASE_URL'): ServerSettings {
  const found = parts.exec(url.trim());
  if (found === null || /\s/.test(found[2]!)) {
    throw new InvalidConfigurationError([
      `${name} is not a PostgreSQL URL; it takes postgres://user:password@host:5432/name ` +
        '(with the special characters of a password percent-encoded).',
    ]);
  }
  const [, login = '', hosts = '', database = '', query = ''] = found;
  if (hosts.includes('@') || database.includes('@')) throw unencodedPassword(name);
  try {
    return {
      ...loginOf(login, name),
      ...hostsOf(hosts, name),
      ...pathAndQuery(database, query, name),
    };
  } catch (error) {
    // What looks like a port or a parameter may be a part of the password, which the message would show.
    throw query.includes('@') ? unencodedPassword(name) : error;
  }
}

function unencodedPassword(name: string): InvalidConfigurationError {
  return new InvalidConfigurationError([
    `${name} has an "@" after the host, as if the password had a special character that is not percent-encoded: ` +
      'write "@" as %40, "/" as %2F, ":" as %3A, "?" as %3F and "%" as %25.',
  ]);
}

function loginOf(login: string, name: string): ServerSettings {
  const [username = '', ...password] = login.split(':');
  return definedOnly({
    username: decode(username, name) || undefined,
    password: decode(password.join(':'), name) || undefined,
  });
}

function pathAndQuery(database: string, query: string, name: string): ServerSettings {
  const parameters = query.split('&').filter((pair) => pair !== '');
  return {
    ...definedOnly({ database: decode(database, name) || undefined }),
    ...readParameters(
      parameters.map((pair) => pairOf(pair, name)),
      name,
    ),
  };
}

/** Splits `a:5432,[::1]:5433,c`. A host or a port that is left out is empty. */
function hostsOf(hosts: string, name: string): ServerSettings {
  const each = hosts.split(',').map((host) => /^(\[[^\]]*\]|[^:]*):?(.*)$/.exec(host)!);
  // A URL has an IPv6 address in brackets; the driver takes it without them.
  const names = each.map(([, host = '']) => decode(host, name).replace(/^\[(.*)\]$/, '$1'));
  const ports = each.map(([, , port = '']) => port);
  return definedOnly({
    host: names.some((host) => host !== '') ? names.join(',') : undefined,
    port: ports.some((port) => port !== '')
      ? checkedPorts(ports.join(','), `${name} has a port`)
      : undefined,
  });
}

function pairOf(pair: string, name: string): [string, string] {
  const at = pair.indexOf('=');
  const [key, value] = at === -1 ? [pair, ''] : [pair.slice(0, at), pair.slice(at + 1)];
  return [decode(key, name), decode(value, name)];
}

function decode(part: string, name: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw new InvalidConfigurationError([
      `${name} has a "%" that starts no percent-encoding; write it as %25.`,
    ]);
  }
}
