import { Inject, Injectable } from '@nestjs/common';
import { getDataSourceToken } from '@nestjs/typeorm';
import type { DatabaseDataSource } from '../connection/database.data-source.js';

/** What a health check found. `message` says what is not in order. */
export interface DatabaseHealth {
  readonly status: 'up' | 'down';
  /** The server's version, such as `15.18`. */
  readonly postgres?: string;
  /** PostGIS's version, such as `3.3`, where it is installed. */
  readonly postgis?: string;
  /** Migrations that this package has and the database has not. */
  readonly pendingMigrations?: readonly string[];
  readonly message?: string;
}

/**
 * Tells whether the database answers, has PostGIS where the package's tables need it, and is migrated.
 *
 * The result has the shape that `@nestjs/terminus` takes from a health indicator.
 */
@Injectable()
export class DatabaseHealthIndicator {
  constructor(@Inject(getDataSourceToken()) private readonly database: DatabaseDataSource) {}

  /** Never throws: a database that does not answer is `down`. */
  async check<Key extends string = 'database'>(
    key: Key = 'database' as Key,
  ): Promise<Record<Key, DatabaseHealth>> {
    return { [key]: await this.examine() } as Record<Key, DatabaseHealth>;
  }

  private async examine(): Promise<DatabaseHealth> {
    try {
      const [found] = await this.database.query<{ postgres: string; postgis: string | null }[]>(
        `SELECT current_setting('server_version') AS postgres,
                (SELECT extversion FROM pg_extension WHERE extname = 'postgis') AS postgis`,
      );
      const { postgres, postgis } = found!;
      if (postgis === null && this.database.packaged.extensions.includes('postgis')) {
        return { status: 'down', postgres, message: 'the extension postgis is not installed' };
      }
      const versions = { postgres, ...(postgis !== null && { postgis }) };
      const pendingMigrations = await this.database.pendingMigrations();
      return pendingMigrations.length === 0
        ? { status: 'up', ...versions, pendingMigrations }
        : {
            status: 'down',
            ...versions,
            pendingMigrations,
            message: 'migrations are pending: npx singr-db migrate',
          };
    } catch (error) {
      // The driver's own message names the server, and health is often public: its code will do.
      const code = (error as { code?: string }).code ?? (error as Error).name;
      return { status: 'down', message: `the database does not answer (${code})` };
    }
  }
}
