import type { IncomingMessage, ServerResponse } from 'node:http';
import { logContext, requestIdOf } from '@singr/database';
import { Logger, PinoLogger, type Params } from 'nestjs-pino';
import { PinoPretty } from 'pino-pretty';

/** Readable lines on a terminal, and JSON lines otherwise. */
const isForPeople = process.stdout.isTTY && process.env.NODE_ENV !== 'production';

/** `LOG_LEVEL` is one of pino's; `debug` shows each query. Default: `info`. */
export function loggerParams(): Params {
  const options = {
    level: process.env.LOG_LEVEL || 'info',
    serializers: { req: shownRequest, res: shownResponse },
    genReqId: requestId,
    // In every line, also those of the application: the request, the route, and the kind of the actor.
    mixin: () => ({ ...logContext() }),
    customSuccessMessage: summary,
    customErrorMessage: summary,
  };
  if (!isForPeople) return { pinoHttp: options };
  const stream = PinoPretty({
    ignore: 'pid,hostname,context,req,res,responseTime,requestId,route,actor',
    messageFormat: '{if context}[{context}] {end}{msg}',
    // Synchronous, so that no line is lost when the process ends.
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

/** The headers that are logged. Others may contain secrets, such as a key, a token or a cookie. */
const harmless = ['host', 'user-agent', 'accept', 'content-type', 'content-length'];

function shownRequest({ id, method, url, headers, remoteAddress }: SerializedRequest) {
  const shown = Object.fromEntries(harmless.map((name) => [name, headers[name]]));
  return { id, method, url: withoutQuery(url), headers: shown, remoteAddress };
}

function shownResponse({ statusCode }: { statusCode: number }) {
  return { statusCode };
}

/** A query string may contain personal data or a token. */
function withoutQuery(url: string | undefined): string {
  return url?.split('?', 1)[0] ?? '';
}

/** The id of a request in the audit trail and the log. The client can send it. */
function requestId(request: IncomingMessage, response: ServerResponse): string {
  const id = requestIdOf(request);
  response.setHeader('x-request-id', id);
  return id;
}

function summary(request: IncomingMessage, response: ServerResponse): string {
  return `${request.method} ${withoutQuery(request.url)} ${response.statusCode}`;
}

/** The contexts in which Nest logs each module and route, about a hundred lines at each start. */
const wiring = new Set<unknown>(['InstanceLoader', 'RoutesResolver', 'RouterExplorer']);

/** The logger for start-up, before the application provides its own. */
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
    // An error that ends start-up is thrown, and the caller shows it once as one message.
    if (optionalParams.at(-1) !== 'ExceptionHandler') super.error(message, ...optionalParams);
  }
}
