import { Logger } from '@nestjs/common';
import { InvalidConfigurationError } from './errors.js';
import { among } from './known-options.js';
import {
  channelBindings,
  hostOrders,
  sslNegotiations,
  targetSessionAttributes,
  type ServerSettings,
} from './server-settings.js';
import { sslModes } from './ssl-mode.js';

/** Converts the value of a parameter, or throws with what it takes. */
type Reader = (value: string, subject: string) => ServerSettings;

/** libpq's parameters that mean here what they mean to libpq (PostgreSQL manual, "Parameter Key Words"). */
const readers: Readonly<Record<string, Reader>> = {
  host: text('host'),
  hostaddr: text('hostAddress'),
  port: (port, subject) => ({ port: checkedPorts(port, subject) }),
  user: text('username'),
  password: text('password'),
  passfile: text('passFile'),
  dbname: text('database'),
  service: text('service'),
  sslmode: oneOf('sslMode', sslModes),
  ssl: (value, subject) => ({ sslMode: flag(value, subject) ? 'require' : 'disable' }),
  sslrootcert: text('sslRootCert'),
  sslcert: text('sslCert'),
  sslkey: text('sslKey'),
  sslpassword: text('sslPassword'),
  sslnegotiation: oneOf('sslNegotiation', sslNegotiations),
  channel_binding: oneOf('channelBinding', channelBindings),
  target_session_attrs: oneOf('targetSessionAttrs', targetSessionAttributes),
  load_balance_hosts: oneOf('loadBalanceHosts', hostOrders),
  application_name: text('applicationName'),
  options: text('serverOptions'),
  connect_timeout: (value, subject) => ({ connectTimeout: seconds(value, subject) }),
  keepalives: (value, subject) => ({ keepAlive: flag(value, subject) }),
  keepalives_idle: (value, subject) => ({ keepAliveDelay: seconds(value, subject) }),
};

const any = () => true;
const only =
  (...values: string[]) =>
  (value: string) =>
    values.includes(value.toLowerCase());

/** Parameters that change nothing here, as long as the value is one of these. */
const ignored: Readonly<Record<string, (value: string) => boolean>> = {
  // libpq's, which the operating system, Node.js or the driver decides.
  fallback_application_name: any,
  keepalives_interval: any,
  keepalives_count: any,
  tcp_user_timeout: any,
  sslcompression: any,
  krbsrvname: any,
  gsslib: any,
  gssdelegation: any,
  gssencmode: only('disable', 'prefer'),
  sslcertmode: only('allow'),
  sslsni: only('1'),
  client_encoding: only('utf8', 'utf-8', 'unicode', 'auto'),
  // Those of poolers, and of other clients for the sake of poolers.
  pgbouncer: any,
  supa: any,
  workaround: any,
  connection_limit: any,
  pool_timeout: any,
  socket_timeout: any,
  statement_cache_size: any,
  prepared_statements: any,
  prepared_statement_cache_size: any,
  preparethreshold: any,
  binary_parameters: any,
  default_query_exec_mode: any,
  statement_cache_capacity: any,
  // node-postgres': what it asks for is the case here.
  uselibpqcompat: any,
  // Prisma's.
  schema: only('public'),
};

const bySchema = 'set it with the option schema, or DATABASE_SCHEMA';
const byOption = 'set it with the option poolSize, or DATABASE_POOL_SIZE';
const byTimeouts =
  'set it with the option timeouts, or DATABASE_STATEMENT_TIMEOUT and its like: poolers refuse it here';

/** Other parameters that hosts, clients and libpq know, with what to do instead. */
const refused: Readonly<Record<string, string>> = {
  schema: bySchema,
  currentSchema: bySchema,
  sslaccept: 'write sslmode=require for accept_invalid_certs, and sslmode=verify-full for strict',
  sslidentity: 'write sslcert and sslkey, as PEM files',
  requiressl: 'write sslmode=require',
  requirepeer: 'the driver cannot check it: leave it out',
  require_auth: 'the driver cannot check it: leave it out, or use channel_binding=require',
  gssencmode: 'the driver has no GSSAPI: leave it out, and use sslmode',
  sslcrl: 'the driver reads no revocation list: leave it out',
  sslcrldir: 'the driver reads no revocation list: leave it out',
  replication: 'a replication connection runs none of the package’s statements: leave it out',
  client_encoding: 'the driver speaks UTF-8: leave it out',
  pool_size: byOption,
  max: byOption,
  statement_timeout: byTimeouts,
  lock_timeout: byTimeouts,
  idle_in_transaction_session_timeout: byTimeouts,
};

/**
 * Converts the parameters of a URL or of a service file.
 *
 * @param name where they are from, for messages
 * @throws InvalidConfigurationError that names the parameter and says what to do. It has no value of one
 */
export function readParameters(
  parameters: Iterable<readonly [key: string, value: string]>,
  name: string,
): ServerSettings {
  let settings: ServerSettings = {};
  const without: string[] = [];
  for (const [key, value] of parameters) {
    const reader = Object.hasOwn(readers, key) ? readers[key] : undefined;
    if (reader !== undefined) {
      if (value !== '') settings = { ...settings, ...reader(value, `${name} has a "${key}"`) };
    } else if (isIgnored(key, value)) {
      without.push(key);
    } else {
      throw new InvalidConfigurationError([
        `${name} has the parameter "${key}", which has no meaning here: ${remedy(key)}.`,
      ]);
    }
  }
  if (without.length > 0) {
    new Logger('Database').debug(`${name}: ${without.join(', ')} changes nothing here.`);
  }
  return settings;
}

function isIgnored(key: string, value: string): boolean {
  const lower = key.toLowerCase();
  return Object.hasOwn(ignored, lower) && ignored[lower]!(value);
}

function remedy(key: string): string {
  if (Object.hasOwn(refused, key)) return refused[key]!;
  const names = Object.keys(readers);
  return `${among(names, key)}. It takes ${names.join(', ')}`;
}

/**
 * Checks a list of ports.
 *
 * @throws InvalidConfigurationError that does not have the wrong port
 */
export function checkedPorts(ports: string, subject: string): string {
  const isPort = (port: string) => port === '' || (/^\d{1,5}$/.test(port) && isInRange(port));
  if (ports.split(',').every(isPort)) return ports;
  throw new InvalidConfigurationError([
    `${subject} that is not a number from 1 to 65535, nor several separated by commas.`,
  ]);
}

function isInRange(port: string): boolean {
  return Number(port) >= 1 && Number(port) <= 65_535;
}

function text(field: keyof ServerSettings): Reader {
  return (value) => ({ [field]: value });
}

function oneOf(field: keyof ServerSettings, values: readonly string[]): Reader {
  return (value, subject) => {
    if (values.includes(value)) return { [field]: value };
    throw new InvalidConfigurationError([
      `${subject} that is not supported; it takes one of ${values.join(', ')}.`,
    ]);
  };
}

function flag(value: string, subject: string): boolean {
  if (['1', 'true'].includes(value)) return true;
  if (['0', 'false'].includes(value)) return false;
  throw new InvalidConfigurationError([`${subject} that is neither 1 nor 0.`]);
}

/** Converts seconds to milliseconds. A negative number is no limit, as in libpq. */
function seconds(value: string, subject: string): number {
  if (/^-?\d{1,6}$/.test(value)) return Math.max(0, Number(value)) * 1000;
  throw new InvalidConfigurationError([`${subject} that is not a whole number of seconds.`]);
}
