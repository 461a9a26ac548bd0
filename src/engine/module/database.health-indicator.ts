import { Inject, Injectable } from '@nestjs/common';
import { getDataSourceToken } from '@nestjs/typeorm';
import { AuditRetention, type PartitionStatus } from '../audit/retention/audit-retention.js';
import type { DatabaseDataSource } from '../transaction/database.data-source.js';
import { answerWithin, NoAnswerInTimeError } from '../common/answer-within.js';
import { OverloadedError, PoolExhaustedError } from '../connection/errors.js';
import type { ReplicaHealth } from '../connection/replicas/replica-health.js';

/** The result of a health check. `message` says what is wrong. */
export interface DatabaseHealth {
  /**
   * `degraded`: the database works, but a replica is down, so that other servers have more to do, or all
   * connections of the pool are in use.
   */
  readonly status: 'up' | 'degraded' | 'down';
  /** The server's version, such as `15.18`. */
  readonly postgres?: string;
  /** The version of PostGIS, such as `3.3`; absent when it is not installed. */
  readonly postgis?: string;
  /** Migrations that the database has not run. */
  readonly pendingMigrations?: readonly string[];
  /** How far the audit trail has partitions; absent when this role may not read it. */
  readonly partitions?: PartitionStatus;
  /** The replicas in the order of the option `replicas`; absent without replicas. */
  readonly replicas?: readonly ReplicaHealth[];
  readonly message?: string;
}

/** The longest that a connection of the pool may take to answer, in milliseconds. */
const patience = 1000;

/** The longest that a replica, or a connection besides the pool, may take to answer, in milliseconds. */
const patienceBesides = 800;

interface Found {
  readonly postgres: string;
  readonly postgis: string | null;
}

const versions = `
  SELECT current_setting('server_version') AS postgres,
         (SELECT extversion FROM pg_extension WHERE extname = 'postgis') AS postgis`;

/**
 * Checks that the database answers, that PostGIS is installed if the package's tables need it, that no
 * migration is pending, and that the replicas answer.
 *
 * The result has the shape of a health indicator result of `@nestjs/terminus`.
 */
@Injectable()
export class DatabaseHealthIndicator {
  private running: Promise<DatabaseHealth> | undefined;

  constructor(
    @Inject(getDataSourceToken()) private readonly database: DatabaseDataSource,
    @Inject(AuditRetention) private readonly retention: AuditRetention,
  ) {}

  /**
   * Answers within two seconds, and never throws: if the primary does not answer in time, the status is `down`.
   */
  async check<Key extends string = 'database'>(
    key: Key = 'database' as Key,
  ): Promise<Record<Key, DatabaseHealth>> {
    const [health, replicas] = await Promise.all([
      this.examine(),
      this.database.replicaHealth(patienceBesides),
    ]);
    return { [key]: withReplicas(health, replicas) } as Record<Key, DatabaseHealth>;
  }

  private async examine(): Promise<DatabaseHealth> {
    try {
      // One that still waits for a connection will be the first to get one.
      this.running ??= this.examinePrimary().finally(() => (this.running = undefined));
      return await answerWithin(patience, this.running);
    } catch (error) {
      if (isBusy(error) && (await this.database.answers(patienceBesides))) {
        return { status: 'degraded', message: 'no connection of the pool is free' };
      }
      // Health checks are often public, and the driver's message names the server. So only the code is shown.
      const code = (error as { code?: string }).code ?? (error as Error).name;
      return { status: 'down', message: `the database does not answer (${code})` };
    }
  }

  private async examinePrimary(): Promise<DatabaseHealth> {
    const [found] = await this.database.query<Found[]>(versions);
    const { postgres, postgis } = found!;
    if (postgis === null && this.database.packaged.extensions.includes('postgis')) {
      return { status: 'down', postgres, message: 'the extension postgis is not installed' };
    }
    const installed = { postgres, ...(postgis !== null && { postgis }) };
    const pendingMigrations = await this.database.pendingMigrations();
    return pendingMigrations.length === 0
      ? { status: 'up', ...installed, pendingMigrations, ...(await this.partitions()) }
      : {
          status: 'down',
          ...installed,
          pendingMigrations,
          message: 'migrations are pending: npx singr-db migrate',
        };
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

/** Whether a check failed since it got no connection in time, or no answer on it. */
function isBusy(error: unknown): boolean {
  return [NoAnswerInTimeError, PoolExhaustedError, OverloadedError].some(
    (kind) => error instanceof kind,
  );
}

function withReplicas(health: DatabaseHealth, replicas: readonly ReplicaHealth[]): DatabaseHealth {
  if (replicas.length === 0) return health;
  const down = replicas.filter(({ status }) => status === 'down').length;
  if (health.status !== 'up' || down === 0) return { ...health, replicas };
  const message = `${down} of ${replicas.length} replicas do not answer`;
  return { ...health, status: 'degraded', replicas, message };
}
