import { InvalidConfigurationError } from './errors.js';

/** What to show with OpenTelemetry. */
export interface TelemetryOptions {
  /** Whether to make spans of statements and transactions. Default: true. */
  spans?: boolean;
  /** Whether to measure. Default: true. */
  metrics?: boolean;
  /** Whether spans have the text of their statement, without its values. Default: true. */
  queryText?: boolean;
}

/** What to show with OpenTelemetry, complete. */
export interface TelemetryConfig extends Required<TelemetryOptions> {
  /** `ifRegistered`: when `@opentelemetry/api` is there, and the application has registered its SDK before. */
  readonly use: 'never' | 'ifRegistered' | 'always';
}

/** @throws InvalidConfigurationError when a field takes true or false, and has something else */
export function resolveTelemetry(given: boolean | TelemetryOptions | undefined): TelemetryConfig {
  const options = typeof given === 'object' ? given : {};
  const problems = Object.entries(options)
    .filter(([, value]) => value !== undefined && typeof value !== 'boolean')
    .map(([name]) => `the option "telemetry.${name}" takes true or false.`);
  if (problems.length > 0) throw new InvalidConfigurationError(problems);
  const { spans = true, metrics = true, queryText = true } = options;
  const use = given === false ? 'never' : given === true ? 'always' : 'ifRegistered';
  return { use, spans, metrics, queryText };
}
