import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './free-port.js';
import { isThere } from './programs.js';

/** Debian's folders of PostgreSQL's programs, the newest first. */
const installed = existsSync('/usr/lib/postgresql') ? readdirSync('/usr/lib/postgresql') : [];
const newest = installed.sort((a, b) => Number(b) - Number(a))[0];
const programs = `/usr/lib/postgresql/${newest}/bin`;

export const areClustersPossible = isThere('PostgreSQL’s server', existsSync(`${programs}/initdb`));

export interface ClusterOptions {
  /** Parameters of postgresql.conf. */
  readonly settings?: Readonly<Record<string, string | number>>;
  /** Lines of pg_hba.conf, in place of one that trusts everybody. */
  readonly access?: readonly string[];
  /** Files of the data folder, such as certificates. */
  readonly files?: Readonly<Record<string, string>>;
  /** The primary to copy and to follow. */
  readonly standbyOf?: Cluster;
}

/** A server of a test's own, which it may stop and promote. */
export class Cluster {
  private constructor(
    readonly port: number,
    private readonly folder: string,
  ) {}

  static async start(options: ClusterOptions = {}): Promise<Cluster> {
    const { files = {}, standbyOf: primary } = options;
    const access = options.access ?? ['local all all trust', 'host all all 127.0.0.1/32 trust'];
    const port = await freePort();
    // The socket's path has to be short.
    const folder = await mkdtemp(join(tmpdir(), 'singr-pg-'));
    runAsPostgres('chown', ['postgres', folder], true);
    const cluster = new Cluster(port, folder);
    if (primary === undefined) {
      const options = ['-A', 'trust', '-U', 'postgres', '--no-sync', '--locale', 'C.UTF-8'];
      runAsPostgres(`${programs}/initdb`, ['-D', cluster.data, ...options]);
    } else {
      const from = ['-h', primary.folder, '-p', String(primary.port), '-U', 'postgres'];
      const options = ['-R', '-X', 'stream', '-c', 'fast', '--no-sync'];
      runAsPostgres(`${programs}/pg_basebackup`, ['-D', cluster.data, ...from, ...options]);
    }
    const settings = {
      port,
      unix_socket_directories: folder,
      listen_addresses: '127.0.0.1',
      fsync: 'off',
      shared_buffers: '16MB',
      ...options.settings,
    };
    const lines = Object.entries(settings).map(([name, value]) => `${name} = '${value}'\n`);
    await appendFile(join(cluster.data, 'postgresql.conf'), `\n${lines.join('')}`);
    await writeFile(
      join(cluster.data, 'pg_hba.conf'),
      ['local replication all trust', 'local all postgres trust', ...access, ''].join('\n'),
    );
    for (const [name, text] of Object.entries(files)) {
      await writeFile(join(cluster.data, name), text, { mode: 0o600 });
    }
    runAsPostgres('chown', ['-R', 'postgres', folder], true);
    cluster.control('start');
    return cluster;
  }

  /** The folder of its Unix socket, by which `postgres` always gets in. */
  get socketFolder(): string {
    return this.folder;
  }

  get url(): string {
    return `postgres://postgres@127.0.0.1:${this.port}/postgres`;
  }

  /** Runs statements as `postgres`, past the network. */
  run(sql: string): string {
    const options = ['-h', this.folder, '-p', String(this.port), '-U', 'postgres', '-Atqc', sql];
    return execFileSync('psql', options, { encoding: 'utf8' }).trim();
  }

  /** Stops the server. Its connections are cut. */
  halt(): void {
    this.control('stop', '-m', 'immediate');
  }

  /** Starts the server again. */
  resume(): void {
    this.control('start');
  }

  /** Stops every process of the server where it is, as a machine that hangs. Connections stay open. */
  freeze(): void {
    this.signal('SIGSTOP');
  }

  thaw(): void {
    this.signal('SIGCONT');
  }

  promote(): void {
    this.control('promote');
  }

  async remove(): Promise<void> {
    this.thaw();
    const { status } = spawnSync(`${programs}/pg_ctl`, ['status', '-D', this.data], asPostgres());
    if (status === 0) this.halt();
    await rm(this.folder, { recursive: true, force: true });
  }

  private get data(): string {
    return join(this.folder, 'data');
  }

  private signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    const file = join(this.data, 'postmaster.pid');
    if (!existsSync(file)) return;
    const server = Number(readFileSync(file, 'utf8').split('\n')[0]);
    const { stdout } = spawnSync('ps', ['-o', 'pid=', '--ppid', String(server)], {
      encoding: 'utf8',
    });
    // The server first: it would start new processes.
    for (const id of [server, ...stdout.trim().split(/\s+/).map(Number)]) {
      try {
        process.kill(id, signal);
      } catch {
        // It has ended by itself.
      }
    }
  }

  private control(action: string, ...options: string[]): void {
    const log = join(this.folder, 'log');
    runAsPostgres(`${programs}/pg_ctl`, [
      action,
      '-w',
      '-s',
      '-D',
      this.data,
      '-l',
      log,
      ...options,
    ]);
  }
}

/** The server refuses to run as root. */
function asPostgres(): { uid?: number; gid?: number } {
  if (process.getuid?.() !== 0) return {};
  const id = (option: string) =>
    Number(execFileSync('id', [option, 'postgres'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

/** Runs a program as `postgres` where we are root, else as ourselves. */
function runAsPostgres(program: string, parameters: readonly string[], needsRoot = false): void {
  const identity = asPostgres();
  if (needsRoot && identity.uid === undefined) return;
  const { status, stderr } = spawnSync(program, parameters, {
    ...(needsRoot ? {} : identity),
    stdio: ['ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`${program} ${parameters.join(' ')}: ${stderr}`);
}
