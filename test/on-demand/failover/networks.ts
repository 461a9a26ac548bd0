import { run } from './processes.js';

/** The addresses of the servers, and how a server vanishes from the network. */
export interface Network {
  /** Where etcd listens. */
  readonly host: string;
  /** The addresses of the two servers. */
  readonly nodes: readonly [string, string];
  /** The ports of PostgreSQL and Patroni on each server, and of etcd. */
  ports(node: number): { postgresql: number; patroni: number };
  readonly etcdPorts: readonly [client: number, peers: number];
  /** The words before a command that runs on a server. */
  on(node: number): string[];
  /** Drops all packets to and from a server, in silence. Undefined where that takes more rights. */
  readonly cut: ((node: number) => void) | undefined;
  mend(node: number): void;
  remove(): void;
}

/** The network of a machine where nobody may create networks: all servers are on 127.0.0.1. */
export function localNetwork(firstPort: number): Network {
  return {
    host: '127.0.0.1',
    nodes: ['127.0.0.1', '127.0.0.1'],
    ports: (node) => ({ postgresql: firstPort + 1 + node, patroni: firstPort + 3 + node }),
    etcdPorts: [firstPort + 5, firstPort + 6],
    on: () => [],
    cut: undefined,
    mend: () => undefined,
    remove: () => undefined,
  };
}

/** A network of network namespaces, one for each server. It needs root. */
export function namespaceNetwork(): Network {
  const name = `sfo${process.pid}`;
  const subnet = `10.213.${process.pid % 250}`;
  const space = (node: number) => `${name}-${node}`;
  const remove = () => {
    for (const node of [0, 1]) attempt('ip', 'netns', 'del', space(node));
    attempt('ip', 'link', 'del', name);
  };
  try {
    run('ip', 'link', 'add', name, 'type', 'bridge');
    run('ip', 'addr', 'add', `${subnet}.1/24`, 'dev', name);
    run('ip', 'link', 'set', name, 'up');
    for (const node of [0, 1]) {
      const link = `${name}v${node}`;
      run('ip', 'netns', 'add', space(node));
      run('ip', 'link', 'add', link, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', space(node));
      run('ip', 'link', 'set', link, 'master', name, 'up');
      const inside = (...command: string[]) => run('ip', '-n', space(node), ...command);
      inside('addr', 'add', `${subnet}.${node + 2}/24`, 'dev', 'eth0');
      inside('link', 'set', 'eth0', 'up');
      inside('link', 'set', 'lo', 'up');
      // Without this, packets to a server that was cut off would be answered by "no route to host".
      const [{ address }] = JSON.parse(run('ip', '-n', space(node), '-j', 'link', 'show', 'eth0'));
      run(
        'ip',
        'neigh',
        'replace',
        `${subnet}.${node + 2}`,
        'lladdr',
        address,
        'dev',
        name,
        'nud',
        'permanent',
      );
    }
  } catch (error) {
    remove();
    throw error;
  }
  return {
    host: `${subnet}.1`,
    nodes: [`${subnet}.2`, `${subnet}.3`],
    ports: () => ({ postgresql: 5432, patroni: 8008 }),
    etcdPorts: [2379, 2380],
    on: (node) => ['ip', 'netns', 'exec', space(node)],
    cut: (node) => void run('ip', 'link', 'set', `${name}v${node}`, 'nomaster'),
    mend: (node) => void run('ip', 'link', 'set', `${name}v${node}`, 'master', name),
    remove,
  };
}

function attempt(...command: string[]): void {
  try {
    run(...command);
  } catch {
    // It did not exist.
  }
}
