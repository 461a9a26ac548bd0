import type { IncomingMessage, ServerResponse } from 'node:http';
import { requestIdOf } from '@singr/database';
import { Logger, PinoLogger, type Params } from 'nestjs-pino';
import { PinoPretty } from 'pino-pretty';

/** For people on a terminal, and JSON lines for whatever else reads the log. */
const isForPeople = process.stdout.isTTY && process.env.NODE_ENV !== 'production';

/** `LOG_LEVEL` is one of pino's; `debug` shows each query. Default: `info`. */
export function loggerParams(): Params {
  const options = {
    level: process.env.LOG_LEVEL || 'info',
    serializers: { req: shownRequest, res: shownResponse },
    genReqId: requestId,
    customSuccessMessage: summary,
    customErrorMessage: summary,
  };
  if (!isForPeople) return { pinoHttp: options };
  const stream = PinoPretty({
    ignore: 'pid,hostname,context,req,res,responseTime',
    messageFormat: '{if context}[{context}] {end}{msg}',
    // Nothing is lost when the process ends.
    sync: true,
  });
  return { pinoHttp: [options, stream] };
}

interface SerializedRequest {
  readonly id: unknown;
  readonly method: string;
  readonly url: string;
  readonly headers: Record<string, unknown>;
  readonly remoteAddress?: string;
}

/** The headers that are logged. Any other may be a secret: a key, a token, a cookie. */
const harmless = ['host', 'user-agent', 'accept', 'content-type', 'content-length'];

function shownRequest({ id, method, url, headers, remoteAddress }: SerializedRequest) {
  const shown = Object.fromEntries(harmless.map((name) => [name, headers[name]]));
  return { id, method, url: withoutQuery(url), headers: shown, remoteAddress };
}

function shownResponse({ statusCode }: { statusCode: number }) {
  return { statusCode };
}

/** A query may hold what somebody typed, or a token. */
function withoutQuery(url: string | undefined): string {
  return url?.split('?', 1)[0] ?? '';
}

/** The id under which the audit trail and the log know a request; the client's own when it sends one. */
function requestId(request: IncomingMessage, response: ServerResponse): string {
  const id = requestIdOf(request);
  response.setHeader('x-request-id', id);
  return id;
}

function summary(request: IncomingMessage, response: ServerResponse): string {
  return `${request.method} ${withoutQuery(request.url)} ${response.statusCode}`;
}

/** Where Nest tells of each module and route: a hundred lines that nobody reads when all is well. */
const wiring = new Set<unknown>(['InstanceLoader', 'RoutesResolver', 'RouterExplorer']);

/** Logs from the first moment on, before there is an application to ask for its logger. */
export class StartUpLogger extends Logger {
  constructor(params: Params) {
    super(new PinoLogger(params), params);
  }

  override log(message: any, ...optionalParams: any[]): void {
    const isWiring = wiring.has(optionalParams.at(-1));
    if (isWiring) this.debug(message, ...optionalParams);
    else super.log(message, ...optionalParams);
  }

  override error(message: any, ...optionalParams: any[]): void {
    // What ends start-up is shown once, as one message, by whoever started it.
    if (optionalParams.at(-1) !== 'ExceptionHandler') super.error(message, ...optionalParams);
  }
}
