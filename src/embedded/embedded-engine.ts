import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import { DataDirectoryLock } from './data-directory-lock.js';
import type { EngineCommand, EngineReport, EngineSettings } from './engine.messages.js';
import { EmbeddedEngineFailedError, EmbeddedEngineMissingError } from './errors.js';

/** PostgreSQL with PostGIS, compiled to WebAssembly, behind an ordinary loopback port. */
export class EmbeddedEngine {
  private constructor(
    private readonly worker: Worker,
    private readonly settings: EngineSettings,
    private readonly lock: DataDirectoryLock | undefined,
    readonly host: string,
    readonly port: number,
  ) {}

  /**
   * Starts the engine on a folder, and makes the folder when it is missing.
   *
   * @throws EmbeddedEngineMissingError when the engine's packages are not installed
   * @throws EmbeddedDataDirectoryLockedError when another process holds the folder
   * @throws EmbeddedEngineFailedError when the engine does not start
   */
  static async start(dataDir: string): Promise<EmbeddedEngine> {
    requireInstalled();
    const lock = DataDirectoryLock.acquire(dataDir);
    try {
      const engine = await EmbeddedEngine.spawn({ dataDir }, lock);
      lock.publish({ host: engine.host, port: engine.port });
      return engine;
    } catch (error) {
      lock.release();
      throw error;
    }
  }

  /** Starts the engine in memory, from a snapshot when one is given. */
  static async startInMemory(snapshot?: Uint8Array<ArrayBuffer>): Promise<EmbeddedEngine> {
    requireInstalled();
    return EmbeddedEngine.spawn({ dataDir: 'memory://', snapshot });
  }

  /** The data as a tar archive that another engine can start from. */
  async snapshot(): Promise<Uint8Array<ArrayBuffer>> {
    return (await this.ask('snapshot', 'snapshot')).data;
  }

  /** Ends every connection, writes everything to disk and lets go of the folder. */
  async stop(): Promise<void> {
    await this.ask('stop', 'stopped');
    await this.worker.terminate();
    this.lock?.release();
  }

  private static async spawn(
    settings: EngineSettings,
    lock?: DataDirectoryLock,
  ): Promise<EmbeddedEngine> {
    const worker = new Worker(engineWorker.module, {
      workerData: settings,
      execArgv: engineWorker.execArgv,
    });
    const { host, port } = await reportOf(worker, 'listening', settings);
    return new EmbeddedEngine(worker, settings, lock, host, port);
  }

  private ask<Kind extends EngineReport['kind']>(command: EngineCommand, answer: Kind) {
    const report = reportOf(this.worker, answer, this.settings);
    this.worker.postMessage(command);
    return report;
  }
}

function reportOf<Kind extends EngineReport['kind']>(
  worker: Worker,
  kind: Kind,
  settings: EngineSettings,
): Promise<Extract<EngineReport, { kind: Kind }>> {
  return new Promise((resolve, reject) => {
    const settle = (finish: () => void) => {
      worker.off('message', onMessage).off('error', onError).off('exit', onExit);
      finish();
    };
    const onMessage = (report: EngineReport) => {
      if (report.kind === kind) {
        settle(() => resolve(report as Extract<EngineReport, { kind: Kind }>));
      }
    };
    const fail = (reason: string) =>
      settle(() => reject(new EmbeddedEngineFailedError(settings.dataDir, reason)));
    const onError = (error: Error) => fail(error.message);
    const onExit = (exitCode: number) => fail(`its thread ended with exit code ${exitCode}`);
    worker.on('message', onMessage).on('error', onError).on('exit', onExit);
  });
}

const isCompiled = !import.meta.url.endsWith('.ts');

/** The worker beside this file, compiled when this file is. It then needs none of the process's loaders. */
const engineWorker = {
  module: new URL(isCompiled ? './engine.worker.js' : './engine.worker.ts', import.meta.url),
  execArgv: isCompiled ? [] : undefined,
};

function requireInstalled(): void {
  const { resolve } = createRequire(import.meta.url);
  try {
    resolve('@electric-sql/pglite');
    resolve('@electric-sql/pglite-postgis');
  } catch {
    throw new EmbeddedEngineMissingError();
  }
}
