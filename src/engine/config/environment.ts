import * as v from 'valibot';
import { unattributedWritesPolicies } from './database-options.js';
import { InvalidConfigurationError } from './errors.js';
import {
  channelBindings,
  hostOrders,
  sslNegotiations,
  targetSessionAttributes,
} from './server-settings.js';
import { sslModes } from './ssl-mode.js';

const text = v.optional(v.string());
const flag = v.optional(
  v.pipe(
    v.picklist(['true', 'false'], 'takes true or false'),
    v.transform((value) => value === 'true'),
  ),
);
const milliseconds = wholeNumber(0, 86_400_000, 'milliseconds');

/** The environment variables that this package reads. An empty value counts as unset. */
const environmentSchema = v.object({
  NODE_ENV: text,
  DATABASE_URL: text,
  // Separated by commas. A comma may also be between the hosts of one URL.
  DATABASE_REPLICA_URLS: v.optional(
    v.pipe(
      v.string(),
      v.transform((urls) => urls.trim().split(/\s*,\s*(?=[a-z]+:\/\/)/i)),
    ),
  ),
  PGHOST: text,
  PGHOSTADDR: text,
  PGPORT: ports(),
  PGUSER: text,
  PGPASSWORD: text,
  PGPASSFILE: text,
  PGDATABASE: text,
  PGSERVICE: text,
  PGSERVICEFILE: text,
  PGSYSCONFDIR: text,
  PGSSLMODE: oneOf(sslModes),
  PGSSLNEGOTIATION: oneOf(sslNegotiations),
  PGSSLROOTCERT: text,
  PGSSLCERT: text,
  PGSSLKEY: text,
  PGCHANNELBINDING: oneOf(channelBindings),
  PGTARGETSESSIONATTRS: oneOf(targetSessionAttributes),
  PGLOADBALANCEHOSTS: oneOf(hostOrders),
  PGAPPNAME: text,
  PGOPTIONS: text,
  DATABASE_EMBEDDED_DIR: text,
  DATABASE_SCHEMA: text,
  DATABASE_POOL_SIZE: wholeNumber(1, 1000, 'connections'),
  DATABASE_CONNECT_TIMEOUT: milliseconds,
  DATABASE_CONNECT_ATTEMPTS: wholeNumber(1, 100, 'attempts'),
  DATABASE_STATEMENT_TIMEOUT: milliseconds,
  DATABASE_LOCK_TIMEOUT: milliseconds,
  DATABASE_IDLE_IN_TRANSACTION_TIMEOUT: milliseconds,
  DATABASE_MIGRATION_LOCK_TIMEOUT: milliseconds,
  DATABASE_MIGRATION_ATTEMPTS: wholeNumber(1, 1000, 'attempts'),
  DATABASE_ANSWER_TIMEOUT: milliseconds,
  DATABASE_KEEP_ALIVE_DELAY: milliseconds,
  DATABASE_READ_YOUR_WRITES: flag,
  DATABASE_MIGRATE: flag,
  DATABASE_MAINTENANCE: flag,
  DATABASE_RETENTION: text,
  DATABASE_UNATTRIBUTED_WRITES: oneOf(unattributedWritesPolicies),
  DATABASE_SLOW_QUERY: milliseconds,
  DATABASE_TELEMETRY: flag,
});

export type Environment = v.InferOutput<typeof environmentSchema>;

/**
 * Reads and checks the environment.
 *
 * @throws InvalidConfigurationError that names each wrong variable and the values it accepts. The wrong value
 *   is not in the message: it may be a secret in the wrong variable
 */
export function readEnvironment(variables: NodeJS.ProcessEnv): Environment {
  const present = Object.fromEntries(
    Object.entries(variables).filter(([, value]) => value !== undefined && value.trim() !== ''),
  );
  const result = v.safeParse(environmentSchema, present);
  if (result.success) return result.output;
  throw new InvalidConfigurationError(
    result.issues.map((issue) => `${v.getDotPath(issue)} ${issue.message}.`),
  );
}

function oneOf<const Value extends string>(values: readonly Value[]) {
  return v.optional(v.picklist(values, `takes one of ${values.join(', ')}`));
}

/** A port, or several separated by commas. */
function ports() {
  const isPort = (port: string) =>
    /^\d{1,5}$/.test(port) && Number(port) >= 1 && Number(port) <= 65_535;
  return v.optional(
    v.pipe(
      v.string(),
      v.check(
        (list) => list.split(',').every(isPort),
        'takes a whole number from 1 to 65535 (port), or several separated by commas',
      ),
    ),
  );
}

function wholeNumber(minimum: number, maximum: number, unit: string) {
  const message = `takes a whole number from ${minimum} to ${maximum} (${unit})`;
  return v.optional(
    v.pipe(
      v.string(),
      v.regex(/^\d+$/, message),
      v.transform(Number),
      v.minValue(minimum, message),
      v.maxValue(maximum, message),
    ),
  );
}
