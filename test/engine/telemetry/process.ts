/**
 * A process of an application, in which packages are loaded as Node.js loads them. Prints what it saw as JSON.
 *
 * - `beside`: with `@opentelemetry/instrumentation-pg`, which also adds its comments to statements
 * - `without`: where the packages of OpenTelemetry cannot be found
 */
import { register } from 'node:module';
import { MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics';
import {
  InMemorySpanExporter,
  NodeTracerProvider,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-node';
import { metrics } from '@opentelemetry/api';

const [mode, url] = process.argv.slice(2) as ['beside' | 'without', string];

class ReaderOnDemand extends MetricReader {
  protected onShutdown = async () => undefined;
  protected onForceFlush = async () => undefined;
}

const exporter = new InMemorySpanExporter();
const reader = new ReaderOnDemand();

if (mode === 'without') {
  register(
    `data:text/javascript,${encodeURIComponent(`
      export async function resolve(specifier, context, next) {
        if (!specifier.startsWith('@opentelemetry/')) return next(specifier, context);
        throw Object.assign(new Error('not found: ' + specifier), { code: 'ERR_MODULE_NOT_FOUND' });
      }`)}`,
  );
} else {
  new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }).register();
  metrics.setGlobalMeterProvider(new MeterProvider({ readers: [reader] }));
  register('@opentelemetry/instrumentation/hook.mjs', import.meta.url);
  const { PgInstrumentation } = await import('@opentelemetry/instrumentation-pg');
  new PgInstrumentation({ addSqlCommenterCommentToQueries: true });
}

// After the instrumentation, as with `node --import`.
const { ActorContext, DatabaseDataSource, Role, dataSourceOptions, resolveDatabaseConfig } =
  await import('../../../src/index.js');

async function open(telemetry?: boolean) {
  const options = { url, poolSize: 1, connectAttempts: 1, telemetry };
  const config = resolveDatabaseConfig(options, {});
  return await new DatabaseDataSource(dataSourceOptions(config)).initialize();
}

const database = await open();
exporter.reset();
const roles = database.getRepository(Role);
await ActorContext.run({ name: 'a lone write' }, () => roles.insert({ slug: 'beside-1' }));
await ActorContext.run({ name: 'a transaction' }, () =>
  database.transaction(async () => {
    await roles.insert({ slug: 'beside-2' });
    await database.query(`UPDATE roles SET description = 'x' WHERE slug = 'beside-2'; SELECT 1`);
  }),
);
const spans = exporter.getFinishedSpans().map((span) => ({
  name: span.name,
  scope: span.instrumentationScope.name,
  id: span.spanContext().spanId,
  parent: span.parentSpanContext?.spanId,
  attributes: span.attributes,
}));
const measured =
  mode === 'without'
    ? []
    : (await reader.collect()).resourceMetrics.scopeMetrics.flatMap(({ scope, metrics }) =>
        metrics.map(({ descriptor }) => `${scope.name} ${descriptor.name}`),
      );
const refusal =
  mode === 'without'
    ? await open(true).then(
        () => 'none',
        (error: Error) => error.message,
      )
    : undefined;
await database.destroy();
console.log(JSON.stringify({ spans, measured, refusal, isOn: database.telemetry !== undefined }));
