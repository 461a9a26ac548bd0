import type { DatabaseConfig } from '../engine/config/database.config.js';
import { findHolder } from '../engine/embedded/data-directory-lock.js';
import { EmbeddedEngine } from '../engine/embedded/embedded-engine.js';
import { EmbeddedEngineNotReadyError } from './errors.js';
import { serverAddress, type ServerAddress } from './psql-connection.js';

/** A server that a client can connect to. */
export interface RunningServer {
  readonly address: ServerAddress;
  /** Whether the server stops when this process ends. */
  readonly endsWithUs: boolean;
}

/**
 * Runs `work` with the configured server. The embedded engine may already run in another process; if not, it is
 * started here, and stopped after `work`.
 *
 * @throws EmbeddedEngineNotReadyError when another process is still starting the engine
 */
export async function withServer(
  { connection, schema }: DatabaseConfig,
  work: (server: RunningServer) => Promise<void>,
): Promise<void> {
  if (connection.kind === 'server') {
    return work({ address: serverAddress(connection), endsWithUs: false });
  }
  const holder = findHolder(connection.dataDir);
  if (holder !== undefined) {
    const { host, port, processId } = holder;
    if (host === undefined || port === undefined) throw new EmbeddedEngineNotReadyError(processId);
    return work({ address: embeddedAddress(host, port), endsWithUs: false });
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
