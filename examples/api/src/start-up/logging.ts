import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Logger, PinoLogger, type Params } from 'nestjs-pino';
import { PinoPretty } from 'pino-pretty';

/** For people on a terminal, and JSON lines for whatever else reads the log. */
const isForPeople = process.stdout.isTTY && process.env.NODE_ENV !== 'production';

/** `LOG_LEVEL` is one of pino's; `debug` shows each query. Default: `info`. */
export function loggerParams(): Params {
  const options = {
    level: process.env.LOG_LEVEL || 'info',
    redact: ['req.headers.authorization', 'req.headers.cookie'],
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

/** The id under which the audit trail and the log know a request; the client's own when it sends one. */
function requestId(request: IncomingMessage, response: ServerResponse): string {
  const given = request.headers['x-request-id'];
  const id = typeof given === 'string' && /^[\w.:-]{1,100}$/.test(given) ? given : randomUUID();
  response.setHeader('x-request-id', id);
  return id;
}

function summary(request: IncomingMessage, response: ServerResponse): string {
  return `${request.method} ${request.url} ${response.statusCode}`;
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
