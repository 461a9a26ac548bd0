import type { DatabaseDataSource } from './database.data-source.js';
import { DataSourceNotFoundError } from './errors.js';

const running = new Set<DatabaseDataSource>();

/** Registers a connected data source. The returned function removes it again. */
export function noteRunning(database: DatabaseDataSource): () => void {
  running.add(database);
  return () => running.delete(database);
}

/**
 * The only data source of this process, for `@Transactional()` methods that are called outside any request.
 *
 * @throws DataSourceNotFoundError when there is none, or more than one
 */
export function soleDatabase(): DatabaseDataSource {
  const [database] = running;
  if (database === undefined || running.size > 1) throw new DataSourceNotFoundError(running.size);
  return database;
}
