import type * as Api from '@opentelemetry/api';
import { InvalidConfigurationError } from '../config/errors.js';
import type { TelemetryConfig } from '../config/telemetry-options.js';
import { noteApi } from './active-trace.js';
import type { Shown } from './open-telemetry.js';
import type { Telemetry } from './telemetry.js';

/**
 * Loads the API of OpenTelemetry if telemetry is wanted. Nothing is loaded if it is off, and of this package only
 * what decides that.
 *
 * @returns undefined when it is off, when the package is not there, and when the application has no SDK
 * @throws InvalidConfigurationError when telemetry is required, and the package is not there
 */
export async function loadTelemetry(
  { use, ...wanted }: TelemetryConfig,
  database: Omit<Shown, 'spans' | 'metrics' | 'queryText'>,
): Promise<Telemetry | undefined> {
  if (use === 'never') return undefined;
  const api = await loadApi();
  if (api === undefined) {
    if (use === 'ifRegistered') return undefined;
    throw new InvalidConfigurationError([
      'the option "telemetry" needs a package: npm i @opentelemetry/api.',
    ]);
  }
  noteApi(api);
  const isForced = use === 'always';
  const spans = wanted.spans && (isForced || hasTracerProvider(api));
  const metrics = wanted.metrics && (isForced || hasMeterProvider(api));
  if (!spans && !metrics) return undefined;
  const { OpenTelemetry } = await import('./open-telemetry.js');
  return new OpenTelemetry(api, { ...database, spans, metrics, queryText: wanted.queryText });
}

async function loadApi(): Promise<typeof Api | undefined> {
  try {
    return await import('@opentelemetry/api');
  } catch (error) {
    if (/MODULE_NOT_FOUND$/.test((error as { code?: string }).code ?? '')) return undefined;
    throw error;
  }
}

/** Whether the application has registered one. Without, the API hands out one that does nothing. */
function hasTracerProvider(api: typeof Api): boolean {
  const provider = api.trace.getTracerProvider();
  const nothing = new api.ProxyTracerProvider().getDelegate();
  return (
    (provider instanceof api.ProxyTracerProvider ? provider.getDelegate() : provider) !== nothing
  );
}

function hasMeterProvider(api: typeof Api): boolean {
  return api.metrics.getMeter('@singr/database') !== api.createNoopMeter();
}
