import {
  Inject,
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { getDataSourceToken } from '@nestjs/typeorm';
import { settledWithin } from '../common/settled-within.js';
import type { DatabaseDataSource } from '../transaction/database.data-source.js';
import { MaintenanceService, type MaintenanceReport } from './maintenance.service.js';

/** SQLSTATEs of a missing function, table and schema: the migrations have not run. */
const notMigrated = new Set(['42883', '42P01', '3F000']);

/** How long the shutdown waits for a running transaction, in milliseconds. */
const longestWait = 5000;

/** SQLSTATE of a missing privilege. */
const notPermitted = '42501';

/** Runs maintenance after the start of the application and then at intervals, and logs what it did. */
@Injectable()
export class MaintenanceTimer implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('Maintenance');
  private readonly stopping = new AbortController();
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;
  /** Failures that were logged, and that would be the same in each run. */
  private readonly known = new Set<string>();

  constructor(
    @Inject(getDataSourceToken()) private readonly database: DatabaseDataSource,
    private readonly maintenance: MaintenanceService,
  ) {}

  onApplicationBootstrap(): void {
    const { maintenance } = this.database.config;
    if (maintenance === false) return;
    // The start does not wait for it.
    this.schedule(0, maintenance.every);
  }

  /** Stops the timer, and waits for the transaction that is running. The next run continues. */
  async beforeApplicationShutdown(): Promise<void> {
    clearTimeout(this.timer);
    this.stopping.abort();
    if (this.running !== undefined) await settledWithin(longestWait, [this.running]);
  }

  private schedule(pause: number, every: number): void {
    if (this.stopping.signal.aborted) return;
    this.timer = setTimeout(() => {
      this.running = this.runOnce();
      // Several processes that started together should not run together for ever.
      void this.running.then(() => this.schedule(every * (0.9 + Math.random() / 5), every));
    }, pause).unref();
  }

  private async runOnce(): Promise<void> {
    // With `connectOnStart: false`, the application connects later.
    if (!this.database.isInitialized) return;
    try {
      this.log(await this.maintenance.run({ signal: this.stopping.signal }));
    } catch (error) {
      this.logger.error(`failed: ${(error as Error).message}`);
    }
  }

  private log({ createdPartitions, droppedPartitions, purged, failures }: MaintenanceReport): void {
    if (createdPartitions.length > 0) this.logger.log(`created ${createdPartitions.join(', ')}`);
    if (droppedPartitions.length > 0) this.logger.log(`dropped ${droppedPartitions.join(', ')}`);
    for (const [name, count] of Object.entries(purged)) {
      if (count > 0) this.logger.log(`${name}: ${count}`);
    }
    for (const [name, error] of Object.entries(failures)) this.logFailure(name, error);
  }

  private logFailure(name: string, error: Error): void {
    if (this.stopping.signal.aborted) return;
    const { code = '' } = error as { code?: string };
    // At start, a warning has said that migrations are pending.
    if (notMigrated.has(code)) return;
    if (code !== notPermitted) {
      this.logger.error(`${name} failed: ${error.message}`);
      return;
    }
    if (this.known.has(name)) return;
    this.known.add(name);
    this.logger.warn(`${name}: ${error.message}. ${this.remedy(name)}`);
  }

  private remedy(name: string): string {
    const { connection } = this.database.config;
    const role = connection.kind === 'embedded' ? 'postgres' : connection.username;
    const alternative = 'or "npx singr-db maintain" every day as that role.';
    switch (name) {
      case 'partitions':
        return `Run SELECT audit.grant_maintenance('${role}') as the owner of the tables, ${alternative}`;
      case 'retention':
        return `Run SELECT audit.grant_maintenance('${role}', retention => true) as the owner of the tables, ${alternative}`;
      default:
        return `Grant the privilege as the owner of the tables, ${alternative}`;
    }
  }
}
