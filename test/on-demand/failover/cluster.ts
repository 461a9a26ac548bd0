import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import type { Network } from './networks.js';
import { Program, run, signal, treeOf, until } from './processes.js';
import type { Programs } from './programs.js';

/** What Patroni says of a server. */
interface Member {
  readonly state: string;
  readonly role: string;
  readonly sync_standby?: boolean;
  readonly replication?: { readonly state: string; readonly sync_state: string }[];
}

/** PostgreSQL on two servers, with a synchronous standby, that Patroni manages, and HAProxy before them. */
export class Cluster {
  readonly folder = mkdtempSync(join(tmpdir(), 'singr-failover-'));
  private readonly programs: Program[] = [];
  private readonly patronis: Program[] = [];

  constructor(
    private readonly installed: Programs,
    readonly network: Network,
    readonly proxyPort: number,
  ) {}

  async start(): Promise<void> {
    // PostgreSQL's user must reach its own folder in it.
    chmodSync(this.folder, 0o711);
    await this.startEtcd();
    for (const node of [0, 1]) {
      this.startPatroni(node);
      await until(`server ${node} runs`, async () => (await this.member(node)).state === 'running');
    }
    this.startProxy();
    await this.untilProtected();
  }

  async stop(): Promise<void> {
    this.patronis.forEach((_, node) => signal(this.processes(node), 'SIGCONT'));
    for (const program of this.programs.reverse()) await program.stop();
    this.network.remove();
  }

  removeFiles(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Which server is the primary. Waits until there is one. */
  async primary(): Promise<number> {
    let primary = -1;
    await until('there is a primary', async () => {
      for (const node of [0, 1]) if (await this.isPrimary(node)) primary = node;
      return primary >= 0;
    });
    return primary;
  }

  /** Whether Patroni says that a server is the primary, and takes writes. */
  async isPrimary(node: number): Promise<boolean> {
    const answer = await fetch(`${this.api(node)}/primary`, {
      signal: AbortSignal.timeout(500),
    }).catch(() => undefined);
    return answer?.status === 200;
  }

  /** Whether a server commits a write. A new primary may still wait for its standby. */
  async takesWrites(node: number): Promise<boolean> {
    await this.query(node, `SELECT pg_logical_emit_message(true, 'failover', '')`);
    return true;
  }

  /** Runs a statement on a server, past the application. */
  async query<Row extends object>(node: number, sql: string): Promise<Row[]> {
    const client = new pg.Client({
      ...this.address(node),
      user: 'postgres',
      database: 'postgres',
      connectionTimeoutMillis: 5000,
    });
    // Without a listener, a connection that is lost would end the process.
    client.on('error', () => undefined);
    await client.connect();
    try {
      return (await client.query<Row>(sql)).rows;
    } finally {
      await client.end();
    }
  }

  /** Waits until a standby confirms each COMMIT, so that the primary can be lost. */
  async untilProtected(): Promise<void> {
    await until(
      'the standby is synchronous',
      async () => {
        for (const node of [0, 1]) {
          if (!(await this.isPrimary(node))) continue;
          const { replication = [] } = await this.member(node);
          const isSync = replication.some(({ sync_state }) => sync_state === 'sync');
          if (isSync && (await this.member(1 - node)).sync_standby === true) return true;
        }
        return false;
      },
      180_000,
    );
  }

  /** Asks Patroni to make the standby the primary. */
  async switchOver(primary: number): Promise<void> {
    const answer = await fetch(`${this.api(primary)}/switchover`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ leader: nameOf(primary), candidate: nameOf(1 - primary) }),
    });
    if (!answer.ok) throw new Error(`Patroni refused the switch-over: ${await answer.text()}`);
  }

  /** The processes of PostgreSQL on a server. */
  postgresql(node: number): number[] {
    const lock = readFileSync(join(this.folder, nameOf(node), 'data', 'postmaster.pid'), 'utf8');
    return treeOf(Number.parseInt(lock, 10));
  }

  /** All processes on a server. */
  processes(node: number): number[] {
    return [...treeOf(this.patronis[node]!.pid), ...this.postgresql(node)];
  }

  address(node: number): { host: string; port: number } {
    return { host: this.network.nodes[node]!, port: this.network.ports(node).postgresql };
  }

  private api(node: number): string {
    return `http://${this.network.nodes[node]}:${this.network.ports(node).patroni}`;
  }

  private async member(node: number): Promise<Member> {
    const answer = await fetch(`${this.api(node)}/patroni`, { signal: AbortSignal.timeout(1000) });
    return (await answer.json()) as Member;
  }

  private async startEtcd(): Promise<void> {
    const { host, etcdPorts } = this.network;
    const [clients, peers] = etcdPorts.map((port) => `http://${host}:${port}`);
    const data = join(this.folder, 'etcd');
    mkdirSync(data, { mode: 0o700 });
    this.add(
      new Program(
        [
          this.installed.etcd,
          ...['--name', 'etcd', '--data-dir', data],
          ...['--listen-client-urls', clients!, '--advertise-client-urls', clients!],
          ...['--listen-peer-urls', peers!, '--initial-advertise-peer-urls', peers!],
          ...['--initial-cluster', `etcd=${peers}`, '--enable-v2'],
        ],
        join(this.folder, 'etcd.log'),
      ),
    );
    await until('etcd answers', async () => (await fetch(`${clients}/health`)).ok);
  }

  private startPatroni(node: number): void {
    const folder = join(this.folder, nameOf(node));
    mkdirSync(folder, { mode: 0o700 });
    const settings = join(folder, 'patroni.json');
    // YAML includes JSON.
    writeFileSync(settings, JSON.stringify(this.settingsOf(node, folder)));
    this.patronis[node] = this.add(
      new Program(
        [
          ...this.network.on(node),
          ...asPostgres(folder, settings),
          this.installed.patroni,
          settings,
        ],
        join(this.folder, `${nameOf(node)}.log`),
      ),
    );
  }

  private settingsOf(node: number, folder: string): object {
    const { host, etcdPorts, nodes } = this.network;
    const { postgresql, patroni } = this.network.ports(node);
    return {
      scope: 'singr',
      name: nameOf(node),
      // With version 3 of the API, Patroni 3.0.2 may never name a synchronous standby again after a failover.
      etcd: { host: `${host}:${etcdPorts[0]}` },
      restapi: {
        listen: `${nodes[node]}:${patroni}`,
        connect_address: `${nodes[node]}:${patroni}`,
      },
      bootstrap: {
        dcs: {
          // The shortest times that Patroni takes.
          ttl: 20,
          loop_wait: 1,
          retry_timeout: 3,
          maximum_lag_on_failover: 1_048_576,
          synchronous_mode: true,
          // A primary that crashed is replaced, and not started again.
          primary_start_timeout: 0,
          postgresql: { use_pg_rewind: true },
        },
        initdb: [{ encoding: 'UTF8' }, { locale: 'C.UTF-8' }, { auth: 'trust' }],
      },
      postgresql: {
        listen: `${nodes[node]}:${postgresql}`,
        connect_address: `${nodes[node]}:${postgresql}`,
        data_dir: join(folder, 'data'),
        bin_dir: this.installed.postgresql,
        pgpass: join(folder, 'pgpass'),
        // Only this test reaches the addresses.
        pg_hba: ['local all all trust', 'host all all all trust', 'host replication all all trust'],
        authentication: {
          superuser: { username: 'postgres' },
          replication: { username: 'replicator' },
          rewind: { username: 'postgres' },
        },
        parameters: {
          unix_socket_directories: folder,
          shared_buffers: '64MB',
          wal_log_hints: 'on',
          max_connections: 60,
        },
        remove_data_directory_on_rewind_failure: true,
        remove_data_directory_on_diverged_timelines: true,
      },
    };
  }

  private startProxy(): void {
    const settings = join(this.folder, 'haproxy.cfg');
    const servers = [0, 1].map((node) => {
      const { host, port } = this.address(node);
      return `    server ${nameOf(node)} ${host}:${port} check port ${this.network.ports(node).patroni}`;
    });
    writeFileSync(
      settings,
      [
        'defaults',
        '    mode tcp',
        '    timeout connect 2s',
        '    timeout client 30m',
        '    timeout server 30m',
        '    timeout check 1s',
        'listen primary',
        `    bind 127.0.0.1:${this.proxyPort}`,
        '    option httpchk OPTIONS /primary',
        '    http-check expect status 200',
        '    default-server inter 200ms fall 3 rise 1 on-marked-down shutdown-sessions',
        ...servers,
        '',
      ].join('\n'),
    );
    this.add(
      new Program(
        [this.installed.haproxy, '-db', '-f', settings],
        join(this.folder, 'haproxy.log'),
      ),
    );
  }

  private add(program: Program): Program {
    this.programs.push(program);
    return program;
  }
}

function nameOf(node: number): string {
  return `server${node}`;
}

/** PostgreSQL refuses to run as root. Then the user `postgres` of Debian's package gets the files. */
function asPostgres(...files: string[]): string[] {
  if (process.getuid?.() !== 0) return [];
  const [uid, gid] = ['-u', '-g'].map((option) => Number(run('id', option, 'postgres')));
  for (const file of files) chownSync(file, uid!, gid!);
  return ['setpriv', `--reuid=${uid}`, `--regid=${gid}`, '--clear-groups', '--inh-caps=-all'];
}
