import { Inject, Injectable } from '@nestjs/common';
import { getDataSourceToken } from '@nestjs/typeorm';
import { ActorContext } from '../actor/actor-context.js';
import { TenantContext } from '../actor/tenant-context.js';
import { AuditRetention, type PruneResult } from '../audit/retention/audit-retention.js';
import type { PatienceOptions } from '../audit/retention/while-busy.js';
import type { MaintenanceConfig } from '../config/maintenance-options.js';
import type { DatabaseDataSource } from '../transaction/database.data-source.js';
import { runOutsideTransaction } from '../transaction/run-outside-transaction.js';
import { PurgeRegistry } from './purge-registry.js';

/** What to maintain. What is left out is as in the options of the module. */
export type MaintenanceTasks = Partial<
  Pick<MaintenanceConfig, 'partitions' | 'retention' | 'archive' | 'purge'>
> &
  PatienceOptions;

/** What a run of maintenance did. */
export interface MaintenanceReport {
  /** The names of new partitions. */
  readonly createdPartitions: readonly string[];
  /** The names of dropped partitions. */
  readonly droppedPartitions: readonly string[];
  /** The number of rows that each purge deleted or changed, by its name. */
  readonly purged: Readonly<Record<string, number>>;
  /** The tasks that failed, by name: `partitions`, `retention`, or the name of a purge. The others ran. */
  readonly failures: Readonly<Record<string, Error>>;
}

/** The actor of maintenance in the trail. */
const actor = { name: 'maintenance' };

const nothing: MaintenanceConfig = {
  partitions: false,
  retention: undefined,
  archive: undefined,
  purge: false,
  every: 0,
};

/** Maintains the database: partitions of the trail, its retention, and purges of expired rows. */
@Injectable()
export class MaintenanceService {
  constructor(
    @Inject(getDataSourceToken()) private readonly database: DatabaseDataSource,
    private readonly retention: AuditRetention,
    private readonly purges: PurgeRegistry,
  ) {}

  /**
   * Runs all tasks, outside the current transaction. A task that fails does not stop the others. Several processes
   * may run it at once: they share the work.
   */
  async run(tasks: MaintenanceTasks = {}): Promise<MaintenanceReport> {
    const { maintenance } = this.database.config;
    const config = { ...(maintenance === false ? nothing : maintenance), ...tasks };
    return runOutsideTransaction(this.database, () =>
      ActorContext.run(actor, () => TenantContext.run('all', () => this.runTasks(config))),
    );
  }

  private async runTasks(
    config: Omit<MaintenanceConfig, 'every'> & PatienceOptions,
  ): Promise<MaintenanceReport> {
    const { partitions, retention, archive, purge, patience, signal } = config;
    const failures: Record<string, Error> = {};
    const attempt = async <T>(name: string, task: () => Promise<T>): Promise<T | undefined> => {
      try {
        return await task();
      } catch (error) {
        failures[name] = error instanceof Error ? error : new Error(String(error));
        return undefined;
      }
    };
    const created =
      partitions === false
        ? []
        : await attempt('partitions', () =>
            this.createPartitions(partitions, { patience, signal }),
          );
    const dropped =
      retention === undefined
        ? undefined
        : await attempt<PruneResult>('retention', () =>
            this.retention.dropMonths({ before: monthsAgo(retention), archive, patience, signal }),
          );
    const { purged, failures: failedPurges } = purge
      ? await this.purges.run(signal)
      : { purged: {}, failures: {} };
    return {
      createdPartitions: created ?? [],
      droppedPartitions: dropped?.droppedPartitions ?? [],
      purged,
      failures: { ...failures, ...failedPurges },
    };
  }

  /** Usually there is nothing to do, which the status tells without a lock and without the right to create. */
  private async createPartitions(months: number, options: PatienceOptions): Promise<string[]> {
    const { monthsAhead, defaultHasEntries } = await this.retention.partitionStatus();
    if (monthsAhead >= months && monthsAhead > 0 && !defaultHasEntries) return [];
    return this.retention.createPartitions(months, options);
  }
}

/** A time in the month that was some months ago: entries of that month are kept. */
function monthsAgo(months: number): Date {
  const date = new Date();
  date.setUTCDate(1);
  date.setUTCMonth(date.getUTCMonth() - months);
  return date;
}
