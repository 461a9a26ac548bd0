import { Inject, Injectable } from '@nestjs/common';
import { getDataSourceToken } from '@nestjs/typeorm';
import { AuditRetention, type PartitionStatus } from '../audit/retention/audit-retention.js';
import type { DatabaseDataSource } from '../transaction/database.data-source.js';

/** The result of a health check. `message` says what is wrong. */
export interface DatabaseHealth {
  readonly status: 'up' | 'down';
  /** The server's version, such as `15.18`. */
  readonly postgres?: string;
  /** The version of PostGIS, such as `3.3`; absent when it is not installed. */
  readonly postgis?: string;
  /** Migrations that the database has not run. */
  readonly pendingMigrations?: readonly string[];
  /** How far the audit trail has partitions; absent when this role may not read it. */
  readonly partitions?: PartitionStatus;
  readonly message?: string;
}

/**
 * Checks that the database answers, that PostGIS is installed if the package's tables need it, and that no
 * migration is pending.
 *
 * The result has the shape of a health indicator result of `@nestjs/terminus`.
 */
@Injectable()
export class DatabaseHealthIndicator {
  constructor(
    @Inject(getDataSourceToken()) private readonly database: DatabaseDataSource,
    @Inject(AuditRetention) private readonly retention: AuditRetention,
  ) {}

  /** Never throws: if the database does not answer, the status is `down`. */
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
        ? { status: 'up', ...versions, pendingMigrations, ...(await this.partitions()) }
        : {
            status: 'down',
            ...versions,
            pendingMigrations,
            message: 'migrations are pending: npx singr-db migrate',
          };
    } catch (error) {
      // Health checks are often public, and the driver's message names the server. So only the code is shown.
      const code = (error as { code?: string }).code ?? (error as Error).name;
      return { status: 'down', message: `the database does not answer (${code})` };
    }
  }

  private async partitions(): Promise<Pick<DatabaseHealth, 'partitions'>> {
    try {
      return { partitions: await this.retention.partitionStatus() };
    } catch {
      // The application's role may lack the privilege, which does not stop the application.
      return {};
    }
  }
}
