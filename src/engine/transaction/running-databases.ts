import type { DatabaseDataSource } from '../connection/database.data-source.js';
import { DataSourceNotFoundError } from './errors.js';

const running = new Set<DatabaseDataSource>();

/** Notes that a data source is connected; the returned function notes that it no longer is. */
export function noteRunning(database: DatabaseDataSource): () => void {
  running.add(database);
  return () => running.delete(database);
}

/**
 * The only data source of this process, for `@Transactional()` methods that no request is around.
 *
 * @throws DataSourceNotFoundError when there is none, or more than one
 */
export function soleDatabase(): DatabaseDataSource {
  const [database] = running;
  if (database === undefined || running.size > 1) throw new DataSourceNotFoundError(running.size);
  return database;
}
