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
 * The engine's thread. Should it die, it must not take the application with it, as a worker does whose
 * error nobody listens to; whoever asks something of it is told instead, then and later.
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

  /** What ended the thread, unless it was told to end. */
  get failure(): EmbeddedEngineFailedError | undefined {
    return this.diedOf;
  }

  /**
   * Waits for a report, which the command asks for when one is given.
   *
   * @throws EmbeddedEngineFailedError when the thread has died, or dies meanwhile
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
    // An error is followed by the thread's end, which has less to tell.
    if (this.isEnding || this.diedOf !== undefined) return;
    this.diedOf = new EmbeddedEngineFailedError(this.settings.dataDir, reason);
    if (this.waiting.size === 0) this.log.error(this.diedOf.message);
    for (const { reject } of this.waiting) reject(this.diedOf);
    this.waiting.clear();
  }
}

const isCompiled = !import.meta.url.endsWith('.ts');

/** The worker beside this file, compiled when this file is. It then needs none of the process's loaders. */
const engineWorker = {
  module: new URL(isCompiled ? './engine.worker.js' : './engine.worker.ts', import.meta.url),
  execArgv: isCompiled ? [] : undefined,
};
