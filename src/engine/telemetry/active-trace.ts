import type * as Api from '@opentelemetry/api';

/** The API of OpenTelemetry, once a data source has loaded it. */
let api: typeof Api | undefined;

export function noteApi(loaded: typeof Api): void {
  api = loaded;
}

/** The id of the trace that the running code is part of, of 32 hexadecimal digits. */
export function activeTraceId(): string | undefined {
  const context = api?.trace.getActiveSpan()?.spanContext();
  return context !== undefined && api!.isSpanContextValid(context) ? context.traceId : undefined;
}
