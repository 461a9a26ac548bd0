import type { DatabaseConfig } from '../engine/config/database.config.js';
import { findHolder } from '../engine/embedded/data-directory-lock.js';
import { EmbeddedEngine } from '../engine/embedded/embedded-engine.js';
import { EmbeddedEngineNotReadyError } from './errors.js';
import { serverAddress, type ServerAddress } from './psql-connection.js';

/** A server that a client can connect to. */
export interface RunningServer {
  readonly address: ServerAddress;
  /** Whether it is gone once this process ends. */
  readonly endsWithUs: boolean;
}

/**
 * Finds the configured server: the embedded engine of the process that holds its folder, or one of our
 * own that runs for as long as `work` takes.
 *
 * @throws EmbeddedEngineNotReadyError when another process is just starting the engine
 */
export async function withServer(
  { connection }: DatabaseConfig,
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
  const engine = await EmbeddedEngine.start(connection.dataDir);
  try {
    await work({ address: embeddedAddress(engine.host, engine.port), endsWithUs: true });
  } finally {
    await engine.stop();
  }
}

/** The engine takes whoever connects for its superuser, and knows no encryption. */
function embeddedAddress(host: string, port: number): ServerAddress {
  return { host, port, username: 'postgres', database: 'postgres', sslMode: 'disable' };
}
