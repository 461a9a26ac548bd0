import { z } from 'zod';
import { unattributedWritesPolicies } from './database-options.js';
import { InvalidConfigurationError } from './errors.js';
import { sslModes } from './ssl-mode.js';

const milliseconds = wholeNumber(0, 86_400_000, 'milliseconds');

/** The environment variables that this package reads. An empty value counts as unset. */
const environmentSchema = z.object({
  NODE_ENV: z.string().optional(),
  DATABASE_URL: z.string().optional(),
  /** Separated by commas. */
  DATABASE_REPLICA_URLS: z
    .string()
    .transform((urls) => urls.split(',').map((url) => url.trim()))
    .optional(),
  PGHOST: z.string().optional(),
  PGPORT: wholeNumber(1, 65_535, 'port').optional(),
  PGUSER: z.string().optional(),
  PGPASSWORD: z.string().optional(),
  PGDATABASE: z.string().optional(),
  PGSSLMODE: z.enum(sslModes, { error: `takes one of ${sslModes.join(', ')}` }).optional(),
  PGSSLROOTCERT: z.string().optional(),
  PGAPPNAME: z.string().optional(),
  DATABASE_EMBEDDED_DIR: z.string().optional(),
  DATABASE_POOL_SIZE: wholeNumber(1, 1000, 'connections').optional(),
  DATABASE_CONNECT_TIMEOUT: milliseconds.optional(),
  DATABASE_CONNECT_ATTEMPTS: wholeNumber(1, 100, 'attempts').optional(),
  DATABASE_STATEMENT_TIMEOUT: milliseconds.optional(),
  DATABASE_LOCK_TIMEOUT: milliseconds.optional(),
  DATABASE_IDLE_IN_TRANSACTION_TIMEOUT: milliseconds.optional(),
  DATABASE_MIGRATE: z
    .enum(['true', 'false'], { error: 'takes true or false' })
    .transform((value) => value === 'true')
    .optional(),
  DATABASE_UNATTRIBUTED_WRITES: z
    .enum(unattributedWritesPolicies, {
      error: `takes one of ${unattributedWritesPolicies.join(', ')}`,
    })
    .optional(),
  DATABASE_SLOW_QUERY: milliseconds.optional(),
});

export type Environment = z.infer<typeof environmentSchema>;

/**
 * Reads and checks the environment.
 *
 * @throws InvalidConfigurationError that names each wrong variable and what it takes; a value is never
 *   repeated, as it may be a secret in the wrong place
 */
export function readEnvironment(variables: NodeJS.ProcessEnv): Environment {
  const present = Object.fromEntries(
    Object.entries(variables).filter(([, value]) => value !== undefined && value.trim() !== ''),
  );
  const result = environmentSchema.safeParse(present);
  if (result.success) return result.data;
  throw new InvalidConfigurationError(
    result.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}.`),
  );
}

function wholeNumber(minimum: number, maximum: number, unit: string) {
  const error = `takes a whole number from ${minimum} to ${maximum} (${unit})`;
  return z
    .string()
    .regex(/^\d+$/, { error })
    .transform(Number)
    .pipe(z.number().min(minimum, { error }).max(maximum, { error }));
}
