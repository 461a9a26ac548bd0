import type { LoggerService } from '@nestjs/common';

export interface LogLine {
  readonly level: 'log' | 'error' | 'warn' | 'debug';
  readonly message: string;
  readonly context: string | undefined;
}

/** Keeps what is logged. */
export class RecordingLogger implements LoggerService {
  readonly lines: LogLine[] = [];

  log = this.recorder('log');
  error = this.recorder('error');
  warn = this.recorder('warn');
  debug = this.recorder('debug');

  get text(): string {
    return this.lines.map(({ message }) => message).join('\n');
  }

  messages(level: LogLine['level'], context?: string): string[] {
    return this.lines
      .filter((line) => line.level === level && (context === undefined || line.context === context))
      .map(({ message }) => message);
  }

  clear(): void {
    this.lines.length = 0;
  }

  private recorder(level: LogLine['level']) {
    return (message: unknown, ...rest: unknown[]) => {
      this.lines.push({ level, message: String(message), context: rest.at(-1) as string });
    };
  }
}
