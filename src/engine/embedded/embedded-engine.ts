import { createRequire } from 'node:module';
import { DataDirectoryLock } from './data-directory-lock.js';
import { EngineThread } from './engine-thread.js';
import { inMemory, type EngineSettings } from './engine.messages.js';
import { EmbeddedEngineMissingError, type EmbeddedEngineFailedError } from './errors.js';

/**
 * PostgreSQL compiled to WebAssembly, which listens on a port of the loopback address. It has PostGIS if that is
 * installed.
 */
export class EmbeddedEngine {
  private constructor(
    private readonly thread: EngineThread,
    private readonly lock: DataDirectoryLock | undefined,
    readonly host: string,
    readonly port: number,
  ) {}

  /**
   * Starts the engine on a folder, and creates the folder if it does not exist.
   *
   * @param needs the extensions that the package's tables need, and the schema that they are in
   * @throws EmbeddedEngineMissingError when a package of the engine is not installed
   * @throws EmbeddedDataDirectoryLockedError when another process holds the folder
   * @throws EmbeddedEngineFailedError when the engine does not start
   */
  static async start(
    dataDir: string,
    { extensions = [], schema }: { extensions?: readonly string[]; schema?: string } = {},
  ): Promise<EmbeddedEngine> {
    requireInstalled(extensions);
    const lock = DataDirectoryLock.acquire(dataDir);
    const searchPath = schema && `${schema}, public`;
    return EmbeddedEngine.spawn({ dataDir, searchPath }, lock);
  }

  /** Starts the engine in memory. `snapshot` is the path of a file with data to start from. */
  static async startInMemory(snapshot?: string): Promise<EmbeddedEngine> {
    requireInstalled([]);
    return EmbeddedEngine.spawn({ dataDir: inMemory, snapshot });
  }

  /** The error of an engine that stopped by itself. */
  get failure(): EmbeddedEngineFailedError | undefined {
    return this.thread.failure;
  }

  /**
   * Returns the data as a tar archive, from which another engine can start.
   *
   * @throws EmbeddedEngineFailedError when the engine has stopped by itself
   */
  async snapshot(): Promise<Uint8Array<ArrayBuffer>> {
    return (await this.thread.report('snapshot', 'snapshot')).data;
  }

  /**
   * Closes every connection, writes all data to disk and unlocks the folder. After a failure of the engine it
   * only unlocks the folder. An engine in memory only ends: nothing needs its data any more.
   */
  async stop(): Promise<void> {
    try {
      if (this.failure === undefined && this.lock !== undefined) {
        await this.thread.report('stopped', 'stop');
      }
    } finally {
      await this.thread.end();
      this.lock?.release();
    }
  }

  private static async spawn(
    settings: EngineSettings,
    lock?: DataDirectoryLock,
  ): Promise<EmbeddedEngine> {
    const thread = new EngineThread(settings);
    try {
      const { host, port } = await thread.report('listening');
      lock?.publish({ host, port });
      return new EmbeddedEngine(thread, lock, host, port);
    } catch (error) {
      await thread.end();
      lock?.release();
      throw error;
    }
  }
}

/** The packages of the engine, with the versions that this package is tested with. */
const engine = { name: '@electric-sql/pglite', version: '0.5.8' };
const postgis = { name: '@electric-sql/pglite-postgis', version: '0.2.8' };

function requireInstalled(extensions: readonly string[]): void {
  const { resolve } = createRequire(import.meta.url);
  const needed = extensions.includes('postgis') ? [engine, postgis] : [engine];
  const missing = needed.filter(({ name }) => {
    try {
      return resolve(name) === undefined;
    } catch {
      return true;
    }
  });
  if (missing.length > 0) {
    throw new EmbeddedEngineMissingError(missing.map(({ name, version }) => `${name}@${version}`));
  }
}
