import { ConsoleLogger, type LoggerService, type LogLevel } from '@nestjs/common';
import type { Params } from 'nestjs-pino';
import type { DestinationStream } from 'pino';

/** pino's number of the level info. */
const infoLevel = 30;

/**
 * The logger of the commands: pino if the application has nestjs-pino, else plain lines.
 *
 * nestjs-pino is not a dependency of this package, because applications may use another logger. Lines are
 * formatted and written synchronously in this thread: pino's transports could lose the last lines of a
 * process that ends.
 */
export async function commandLogger(): Promise<LoggerService> {
  const level = process.env.LOG_LEVEL || 'info';
  try {
    return await pinoLogger(level);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    return new PlainLogger({ logLevels: nestLevels(level) });
  }
}

async function pinoLogger(level: string): Promise<LoggerService> {
  const { Logger, PinoLogger } = await import('nestjs-pino');
  const format =
    process.env.NODE_ENV === 'production' ? (line: string) => line : await prettyFormat();
  const params: Params = { pinoHttp: [{ level }, streamOf(format)] };
  return new Logger(new PinoLogger(params), params);
}

/**
 * Writes messages of the level info to standard output, and all others to standard error. Standard output may
 * be JSON, which logged queries and errors would break.
 */
function streamOf(format: (line: string) => string): DestinationStream {
  return {
    write: (line) => {
      const { level } = JSON.parse(line) as { level: number };
      (level === infoLevel ? process.stdout : process.stderr).write(format(line));
    },
  };
}

/** Formats each message as one line, without the process id and the host name. */
async function prettyFormat(): Promise<(line: string) => string> {
  const { prettyFactory } = await import('pino-pretty');
  return prettyFactory({
    colorize: process.stdout.isTTY,
    ignore: 'pid,hostname,context',
    messageFormat: '{if context}{context}: {end}{msg}',
    translateTime: 'SYS:HH:MM:ss',
  });
}

/** Logs each message as one line: level log to standard output, all others to standard error. */
class PlainLogger extends ConsoleLogger {
  protected override printMessages(
    messages: unknown[],
    context = '',
    level: LogLevel = 'log',
    _stream?: 'stdout' | 'stderr',
  ): void {
    const stream = level === 'log' ? process.stdout : process.stderr;
    for (const message of messages) {
      stream.write(`${context === '' ? '' : `${context}: `}${String(message)}\n`);
    }
  }
}

/** Nest's levels from pino's name of the lowest level. Two names differ: info and trace. */
function nestLevels(lowest: string): LogLevel[] {
  const levels: LogLevel[] = ['fatal', 'error', 'warn', 'log', 'debug', 'verbose'];
  const name = { info: 'log', trace: 'verbose' }[lowest] ?? lowest;
  return levels.slice(0, levels.indexOf(name as LogLevel) + 1);
}
