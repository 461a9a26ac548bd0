import { context, metrics, trace, type Attributes } from '@opentelemetry/api';
import { MeterProvider, MetricReader, type DataPoint } from '@opentelemetry/sdk-metrics';
import {
  InMemorySpanExporter,
  NodeTracerProvider,
  SimpleSpanProcessor,
  type ReadableSpan,
} from '@opentelemetry/sdk-trace-node';

/** Collects metrics when it is asked to. */
class ReaderOnDemand extends MetricReader {
  protected onShutdown = async () => undefined;
  protected onForceFlush = async () => undefined;
}

/** The SDK of an application, which keeps what it gets. */
export class TestTelemetry {
  private readonly exporter = new InMemorySpanExporter();
  private reader = new ReaderOnDemand();

  register(): void {
    this.reader = new ReaderOnDemand();
    new NodeTracerProvider({
      spanProcessors: [new SimpleSpanProcessor(this.exporter)],
    }).register();
    metrics.setGlobalMeterProvider(new MeterProvider({ readers: [this.reader] }));
  }

  unregister(): void {
    trace.disable();
    context.disable();
    metrics.disable();
  }

  /** The spans that have ended since the last call, in the order in which they began. */
  takeSpans(): ReadableSpan[] {
    const spans = this.exporter.getFinishedSpans();
    this.exporter.reset();
    return spans.sort((a, b) => nanoseconds(a.startTime) - nanoseconds(b.startTime));
  }

  /** The points of a metric, with the attributes that the test names. */
  async points(name: string, attributes: Attributes = {}): Promise<DataPoint<unknown>[]> {
    const { resourceMetrics, errors } = await this.reader.collect();
    expect(errors).toEqual([]);
    return resourceMetrics.scopeMetrics
      .flatMap((scope) => scope.metrics)
      .filter(({ descriptor }) => descriptor.name === name)
      .flatMap(({ dataPoints }): DataPoint<unknown>[] => dataPoints)
      .filter((point) =>
        Object.entries(attributes).every(([key, value]) => point.attributes[key] === value),
      );
  }

  /** The sum of a counter, or the number of measurements of a histogram. */
  async total(name: string, attributes: Attributes = {}): Promise<number> {
    const points = await this.points(name, attributes);
    return points
      .map(({ value }) => (typeof value === 'number' ? value : (value as { count: number }).count))
      .reduce((a, b) => a + b, 0);
  }
}

/** Registers an SDK before the suite's other set-up, and takes it away again. */
export function useTelemetry(): TestTelemetry {
  const telemetry = new TestTelemetry();
  beforeAll(() => telemetry.register());
  beforeEach(() => void telemetry.takeSpans());
  afterAll(() => telemetry.unregister());
  return telemetry;
}

function nanoseconds([seconds, rest]: [number, number]): number {
  return seconds * 1e9 + rest;
}
