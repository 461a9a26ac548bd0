import { Inject, Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { getDataSourceToken } from '@nestjs/typeorm';
import type { DatabaseConfig } from '../config/database.config.js';
import { addressOf } from '../config/server-connection.js';
import type { DatabaseDataSource } from '../transaction/database.data-source.js';

/** Logs at start which database the application uses, and warns of pending migrations. */
@Injectable()
export class StartLogger implements OnModuleInit {
  private readonly logger = new Logger('Database');

  constructor(@Inject(getDataSourceToken()) private readonly database: DatabaseDataSource) {}

  async onModuleInit(): Promise<void> {
    // With `connectOnStart: false`, the application connects later.
    if (!this.database.isInitialized) return;
    const { config, driver } = this.database;
    this.logger.log(describe(config.connection, driver.version ?? ''));
    // With `migrate`, they have just been applied.
    if (!config.migrate) await this.warnOfPendingMigrations();
  }

  private async warnOfPendingMigrations(): Promise<void> {
    try {
      const { length } = await this.database.pendingMigrations();
      if (length === 0) return;
      this.logger.warn(
        `${length === 1 ? 'A migration is' : `${length} migrations are`} pending. ` +
          'Apply them with npx singr-db migrate, or at each start with DatabaseModule.forRoot({ migrate: true }).',
      );
    } catch (error) {
      // The role may have every privilege that the application needs, but not to read the migrations table.
      this.logger.warn(`Whether migrations are pending is unknown: ${(error as Error).message}`);
    }
  }
}

function describe(connection: DatabaseConfig['connection'], version: string): string {
  if (connection.kind === 'embedded') {
    return `The embedded PostgreSQL ${version} in ${connection.dataDir}: no server is configured.`;
  }
  const { database, username } = connection;
  return `PostgreSQL ${version} at ${addressOf(connection)}, database "${database}", as "${username}".`;
}
