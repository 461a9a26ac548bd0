import { Worker } from 'node:worker_threads';
import { Logger } from '@nestjs/common';
import type { EngineCommand, EngineReport, EngineSettings } from './engine.messages.js';
import { EmbeddedEngineFailedError } from './errors.js';

type Kind = EngineReport['kind'];
type ReportOf<K extends Kind> = Extract<EngineReport, { kind: K }>;

interface Waiting {
  readonly kind: Kind;
  readonly resolve: (report: EngineReport) => void;
  readonly reject: (failure: Error) => void;
}

/**
 * The worker thread of the engine. Its errors are handled here: an unhandled error of a worker would end the
 * application. After an error, pending and later calls of `report()` reject.
 */
export class EngineThread {
  private readonly log = new Logger('EmbeddedEngine');
  private readonly worker: Worker;
  private readonly waiting = new Set<Waiting>();
  private isEnding = false;
  private diedOf: EmbeddedEngineFailedError | undefined;

  constructor(private readonly settings: EngineSettings) {
    this.worker = new Worker(engineWorker.module, {
      workerData: settings,
      execArgv: engineWorker.execArgv,
    })
      .on('message', (report: EngineReport) => this.answer(report))
      .on('error', (error: Error) => this.fail(error.message))
      .on('exit', (exitCode) => this.fail(`its thread ended with exit code ${exitCode}`));
  }

  /** The error of a thread that ended by itself. */
  get failure(): EmbeddedEngineFailedError | undefined {
    return this.diedOf;
  }

  /**
   * Sends a command, if one is given, and waits for a report of the engine.
   *
   * @throws EmbeddedEngineFailedError when the thread has ended, or ends before the report
   */
  report<K extends Kind>(kind: K, command?: EngineCommand): Promise<ReportOf<K>> {
    if (this.diedOf !== undefined) return Promise.reject(this.diedOf);
    const report = new Promise<EngineReport>((resolve, reject) =>
      this.waiting.add({ kind, resolve, reject }),
    );
    if (command !== undefined) this.worker.postMessage(command);
    return report as Promise<ReportOf<K>>;
  }

  async end(): Promise<void> {
    this.isEnding = true;
    await this.worker.terminate();
  }

  private answer(report: EngineReport): void {
    for (const waiting of this.waiting) {
      if (waiting.kind !== report.kind) continue;
      this.waiting.delete(waiting);
      waiting.resolve(report);
    }
  }

  private fail(reason: string): void {
    // After an error, the thread also reports its end. The error says more.
    if (this.isEnding || this.diedOf !== undefined) return;
    this.diedOf = new EmbeddedEngineFailedError(this.settings.dataDir, reason);
    if (this.waiting.size === 0) this.log.error(this.diedOf.message);
    for (const { reject } of this.waiting) reject(this.diedOf);
    this.waiting.clear();
  }
}

const isCompiled = !import.meta.url.endsWith('.ts');

/**
 * The worker beside this file: JavaScript if this file is compiled, and then without the loaders of the
 * process.
 */
const engineWorker = {
  module: new URL(isCompiled ? './engine.worker.js' : './engine.worker.ts', import.meta.url),
  execArgv: isCompiled ? [] : undefined,
};
