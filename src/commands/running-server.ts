import type { DatabaseOptions } from '../engine/config/database-options.js';
import { resolveDatabaseConfig, type DatabaseConfig } from '../engine/config/database.config.js';
import { findHolder } from '../engine/embedded/data-directory-lock.js';
import { EmbeddedEngine } from '../engine/embedded/embedded-engine.js';
import { EmbeddedEngineNotReadyError } from './errors.js';
import { connectionString, serverAddress, type ServerAddress } from './psql-connection.js';

/** A server that a client can connect to. */
export interface RunningServer {
  readonly address: ServerAddress;
  /** Whether the server stops when this process ends. */
  readonly endsWithUs: boolean;
}

/**
 * Options for the embedded engine of another process, such as the application, to which this process connects as to
 * a server. No options if a server is configured, or if no process runs the engine.
 *
 * @throws EmbeddedEngineNotReadyError when another process is still starting the engine
 */
export function runningEngine(options: DatabaseOptions): Pick<DatabaseOptions, 'url' | 'poolSize'> {
  const { connection } = resolveDatabaseConfig(options);
  const holder = connection.kind === 'embedded' ? findHolder(connection.dataDir) : undefined;
  if (holder === undefined) return {};
  const { host, port, processId } = holder;
  if (host === undefined || port === undefined) throw new EmbeddedEngineNotReadyError(processId);
  const url = connectionString(embeddedAddress(host, port), false);
  // The engine has one session, which it shares among its connections.
  return { url, poolSize: 1 };
}

/** Runs `work` with the configured server. The embedded engine is started for it, and stopped after `work`. */
export async function withServer(
  { connection, schema }: DatabaseConfig,
  work: (server: RunningServer) => Promise<void>,
): Promise<void> {
  if (connection.kind === 'server') {
    return work({ address: serverAddress(connection), endsWithUs: false });
  }
  const engine = await EmbeddedEngine.start(connection.dataDir, { schema });
  try {
    await work({ address: embeddedAddress(engine.host, engine.port), endsWithUs: true });
  } finally {
    await engine.stop();
  }
}

/**
 * The address of an embedded engine. Every connection is its superuser's, and encryption is not supported.
 */
function embeddedAddress(host: string, port: number): ServerAddress {
  return { host, port: String(port), user: 'postgres', dbname: 'postgres', sslmode: 'disable' };
}
