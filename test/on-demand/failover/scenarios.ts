import type { Cluster } from './cluster.js';
import { signal } from './processes.js';

/** A way to lose the primary. */
export interface Scenario {
  readonly title: string;
  /** What the application connects to. Default: HAProxy, which closes the connections to a server that is lost. */
  readonly by?: 'name';
  /** How long the name still points to the old primary when there is a new one, in milliseconds. Default: 0. */
  readonly nameMovesAfter?: number;
  /** Loses the primary. Returns what brings the lost server back, if Patroni does not do so by itself. */
  lose(cluster: Cluster, primary: number): Promise<void> | (() => void) | undefined;
}

function freeze(cluster: Cluster, primary: number): () => void {
  return stop(cluster.postgresql(primary));
}

function vanish(cluster: Cluster, primary: number): () => void {
  cluster.network.cut?.(primary);
  const goOn = stop(cluster.processes(primary));
  return () => {
    cluster.network.mend(primary);
    goOn();
  };
}

/** Stops processes, and returns what lets the same ones go on: Patroni may kill their parent meanwhile. */
function stop(pids: readonly number[]): () => void {
  signal(pids, 'SIGSTOP');
  return () => signal(pids, 'SIGCONT');
}

export const scenarios: Readonly<Record<string, Scenario>> = {
  'switch-over': {
    title: 'planned switch-over',
    lose: (cluster, primary) => cluster.switchOver(primary),
  },
  kill: {
    title: 'PostgreSQL killed (kill -9)',
    lose: (cluster, primary) => void signal(cluster.postgresql(primary), 'SIGKILL'),
  },
  freeze: { title: 'PostgreSQL frozen (SIGSTOP)', lose: freeze },
  'freeze-name': { title: 'PostgreSQL frozen, behind a name', by: 'name', lose: freeze },
  gone: { title: 'machine gone', lose: vanish },
  'gone-name': { title: 'machine gone, behind a name', by: 'name', lose: vanish },
  'stale-name': {
    title: 'switch-over, the name moves 6 s later',
    by: 'name',
    nameMovesAfter: 6000,
    lose: (cluster, primary) => cluster.switchOver(primary),
  },
};
