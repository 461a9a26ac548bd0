import { ConsoleLogger, type LoggerService, type LogLevel } from '@nestjs/common';
import type { Params } from 'nestjs-pino';
import type { DestinationStream } from 'pino';

/** pino's number of it. */
const infoLevel = 30;

/**
 * What the commands log through: pino where the application has it, else plain lines.
 *
 * nestjs-pino is no dependency of this package: the commands come with it into applications that may
 * log otherwise. What is made pretty is written at once, in this thread: pino's own way there could lose
 * the last lines of a process that ends.
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
 * What a command has to say is its output. Queries, slow ones and errors are not: whoever reads JSON
 * from a command could not tell them apart.
 */
function streamOf(format: (line: string) => string): DestinationStream {
  return {
    write: (line) => {
      const { level } = JSON.parse(line) as { level: number };
      (level === infoLevel ? process.stdout : process.stderr).write(format(line));
    },
  };
}

/** One line a message, without what is the same on every line. */
async function prettyFormat(): Promise<(line: string) => string> {
  const { prettyFactory } = await import('pino-pretty');
  return prettyFactory({
    colorize: process.stdout.isTTY,
    ignore: 'pid,hostname,context',
    messageFormat: '{if context}{context}: {end}{msg}',
    translateTime: 'SYS:HH:MM:ss',
  });
}

/** As pino's readable format, without its time: one line a message, what is not information elsewhere. */
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

/** Nest's levels from pino's name of the lowest, which is Nest's but for two. */
function nestLevels(lowest: string): LogLevel[] {
  const levels: LogLevel[] = ['fatal', 'error', 'warn', 'log', 'debug', 'verbose'];
  const name = { info: 'log', trace: 'verbose' }[lowest] ?? lowest;
  return levels.slice(0, levels.indexOf(name as LogLevel) + 1);
}
