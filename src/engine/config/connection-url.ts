import type { ServerOptions } from './database-options.js';
import { InvalidConfigurationError } from './errors.js';
import { sslModes, type SslMode } from './ssl-mode.js';

const knownParameters = ['host', 'port', 'sslmode', 'sslrootcert', 'application_name'];

/**
 * Parses a connection URL (PostgreSQL manual, "Connection URIs").
 *
 * @throws InvalidConfigurationError that says what is wrong with the URL. The password is not in the message
 */
export function parseConnectionUrl(
  url: string,
  name = 'DATABASE_URL',
): ServerOptions & { applicationName?: string } {
  const parsed = toUrl(url, name);
  const parameters = parsed.searchParams;
  const unknown = [...parameters.keys()].filter((key) => !knownParameters.includes(key));
  if (unknown.length > 0) {
    throw new InvalidConfigurationError([
      `${name} has the parameter "${unknown[0]}", which has no meaning here; it takes ${knownParameters.join(', ')}.` +
        (unknown[0] === 'schema' ? ' Leave out schema=public: the tables are there anyway.' : ''),
    ]);
  }
  return definedOnly({
    host: parameters.get('host') ?? (decode(parsed.hostname, name) || undefined),
    port: port(parameters.get('port') ?? parsed.port, name),
    username: decode(parsed.username, name) || undefined,
    password: decode(parsed.password, name) || undefined,
    database: decode(parsed.pathname.slice(1), name) || undefined,
    sslMode: sslMode(parameters.get('sslmode'), name),
    sslRootCert: parameters.get('sslrootcert') ?? undefined,
    applicationName: parameters.get('application_name') ?? undefined,
  });
}

function toUrl(url: string, name: string): URL {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || !['postgres:', 'postgresql:'].includes(parsed.protocol)) {
    throw new InvalidConfigurationError([
      `${name} is not a PostgreSQL URL; it takes postgres://user:password@host:5432/name ` +
        '(with the special characters of a password percent-encoded).',
    ]);
  }
  return parsed;
}

function decode(part: string, name: string): string {
  try {
    // A URL has an IPv6 address in brackets; the driver takes it without them.
    return decodeURIComponent(part).replace(/^\[(.*)\]$/, '$1');
  } catch {
    throw new InvalidConfigurationError([
      `${name} has a "%" that starts no percent-encoding; write it as %25.`,
    ]);
  }
}

function port(value: string, name: string): number | undefined {
  if (value === '') return undefined;
  const number = Number(value);
  if (Number.isInteger(number) && number >= 1 && number <= 65_535) return number;
  throw new InvalidConfigurationError([`${name} has a port that is not a number from 1 to 65535.`]);
}

function sslMode(value: string | null, name: string): SslMode | undefined {
  if (value === null) return undefined;
  const mode = sslModes.find((known) => known === value);
  if (mode !== undefined) return mode;
  throw new InvalidConfigurationError([
    `${name} has an sslmode that is not supported; it takes one of ${sslModes.join(', ')}.`,
  ]);
}

function definedOnly<T extends object>(object: T): T {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as T;
}
