import type { Cluster } from './cluster.js';
import { signal } from './processes.js';

/** A way to lose the primary. */
export interface Scenario {
  readonly title: string;
  /** What the application connects to. Default: HAProxy, which closes the connections to a server that is lost. */
  readonly by?: 'name';
  /** How long the name still points to the old primary when there is a new one, in milliseconds. Default: 0. */
  readonly nameMovesAfter?: number;
  /** Loses the primary. */
  lose(cluster: Cluster, primary: number): void | Promise<void>;
  /** Brings the lost server back. Default: Patroni does. */
  mend?(cluster: Cluster, primary: number): void;
}

const freeze = {
  lose: (cluster: Cluster, primary: number) => signal(cluster.postgresql(primary), 'SIGSTOP'),
  mend: (cluster: Cluster, primary: number) => signal(cluster.processes(primary), 'SIGCONT'),
};

const vanish = {
  lose: (cluster: Cluster, primary: number) => {
    cluster.network.cut?.(primary);
    signal(cluster.processes(primary), 'SIGSTOP');
  },
  mend: (cluster: Cluster, primary: number) => {
    cluster.network.mend(primary);
    signal(cluster.processes(primary), 'SIGCONT');
  },
};

export const scenarios: Readonly<Record<string, Scenario>> = {
  'switch-over': {
    title: 'planned switch-over',
    lose: (cluster, primary) => cluster.switchOver(primary),
  },
  kill: {
    title: 'PostgreSQL killed (kill -9)',
    lose: (cluster, primary) => signal(cluster.postgresql(primary), 'SIGKILL'),
  },
  freeze: { title: 'PostgreSQL frozen (SIGSTOP)', ...freeze },
  'freeze-name': { title: 'PostgreSQL frozen, behind a name', by: 'name', ...freeze },
  gone: { title: 'machine gone', ...vanish },
  'gone-name': { title: 'machine gone, behind a name', by: 'name', ...vanish },
  'stale-name': {
    title: 'switch-over, the name moves 6 s later',
    by: 'name',
    nameMovesAfter: 6000,
    lose: (cluster, primary) => cluster.switchOver(primary),
  },
};
