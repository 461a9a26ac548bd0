import {
  Inject,
  Injectable,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { getDataSourceToken } from '@nestjs/typeorm';
import { TenantContext } from '../actor/tenant-context.js';
import { answerWithin } from '../common/answer-within.js';
import { outsideContext } from '../common/context-storage.js';
import { telemetryTarget } from '../connection/telemetry-target.js';
import type { Gauge, Reading } from '../telemetry/telemetry.js';
import type { DatabaseDataSource } from '../transaction/database.data-source.js';

const upReplicas: Gauge = {
  name: 'singr.db.replica.up',
  unit: '{replica}',
  description: 'Whether a replica answers: 1 or 0.',
};

const lagBytes: Gauge = {
  name: 'singr.db.replica.lag_size',
  unit: 'By',
  description: 'How far a replica is behind the log of the primary.',
};

const lagTime: Gauge = {
  name: 'singr.db.replica.lag',
  unit: 's',
  description: 'How long ago the last transaction that a replica has replayed was committed.',
};

const entries: Gauge = {
  name: 'singr.db.audit.entries',
  unit: '{entry}',
  description: 'The number of the newest entry of the trail.',
  isCounter: true,
};

const size: Gauge = {
  name: 'singr.db.audit.size',
  unit: 'By',
  description: 'The size of the trail with its indexes.',
};

const monthsAhead: Gauge = {
  name: 'singr.db.audit.partitions_ahead',
  unit: '{month}',
  description: 'How many coming months have a partition of the trail.',
};

const defaultEntries: Gauge = {
  name: 'singr.db.audit.default_entries',
  unit: '{entry}',
  description: 'Entries of the default partition that belong to a month, up to 10000.',
};

const figures = `
  SELECT months_ahead AS "monthsAhead", default_entries AS "defaultEntries",
         (SELECT max(sequence) FROM audit_logs)::text AS newest,
         (SELECT sum(pg_total_relation_size(relid)) FROM pg_partition_tree('audit_logs'))::text AS bytes
  FROM audit.partition_status()`;

interface Figures {
  readonly monthsAhead: number;
  readonly defaultEntries: number;
  readonly newest: string | null;
  readonly bytes: string;
}

/** The longest that the database may take to answer, in milliseconds. A collection of metrics waits for it. */
const patience = 1000;

/** How long an answer is used, in milliseconds: several readers may collect metrics. */
const shelfLife = 5000;

/** Measures what the database knows: the trail and the replicas. Asks it at most once for each collection. */
@Injectable()
export class DatabaseGauges implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private stop: () => void = () => undefined;
  private asked: Promise<readonly Reading[]> | undefined;

  constructor(@Inject(getDataSourceToken()) private readonly database: DatabaseDataSource) {}

  onApplicationBootstrap(): void {
    const gauges = [upReplicas, lagBytes, lagTime, entries, size, monthsAhead, defaultEntries];
    this.stop = this.database.telemetry?.observe(gauges, () => this.read()) ?? this.stop;
  }

  beforeApplicationShutdown(): void {
    this.stop();
  }

  /** Without the figures that are not there in time. */
  private async read(): Promise<readonly Reading[]> {
    this.asked ??= outsideContext(() => this.ask());
    return await answerWithin(patience, this.asked).catch(() => []);
  }

  private async ask(): Promise<readonly Reading[]> {
    const found = await Promise.allSettled([this.trail(), this.replicas()]);
    setTimeout(() => (this.asked = undefined), shelfLife).unref();
    return found.flatMap((part) => (part.status === 'fulfilled' ? part.value : []));
  }

  private async trail(): Promise<Reading[]> {
    const [found] = await TenantContext.run('all', () => this.database.read<Figures>(figures));
    const attributes = { 'db.namespace': telemetryTarget(this.database.config).namespace };
    return [
      { gauge: entries, value: Number(found!.newest ?? 0), attributes },
      { gauge: size, value: Number(found!.bytes), attributes },
      { gauge: monthsAhead, value: found!.monthsAhead, attributes },
      { gauge: defaultEntries, value: found!.defaultEntries, attributes },
    ];
  }

  private async replicas(): Promise<Reading[]> {
    const health = await this.database.replicaHealth(patience);
    return health.flatMap((replica, index): Reading[] => {
      const attributes = { 'server.address': this.database.replicas.all[index]!.address };
      return [
        { gauge: upReplicas, value: replica.status === 'up' ? 1 : 0, attributes },
        ...optional(lagBytes, replica.lagBytes, attributes),
        ...optional(lagTime, replica.lagMs && replica.lagMs / 1000, attributes),
      ];
    });
  }
}

function optional(
  gauge: Gauge,
  value: number | undefined,
  attributes: Reading['attributes'],
): Reading[] {
  return value === undefined ? [] : [{ gauge, value, attributes }];
}
