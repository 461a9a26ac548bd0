import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, chown, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execFileSync } from 'node:child_process';
import pg from 'pg';
import { freePort } from '../../support/free-port.js';
import { isThere } from '../../support/programs.js';

const binary = '/usr/sbin/pgbouncer';

export const isPgBouncerInstalled = isThere(binary, existsSync(binary));

export interface PgBouncer {
  /** The URL of the same database, through PgBouncer. */
  readonly url: string;
  stop(): Promise<void>;
}

/** Starts PgBouncer in transaction mode in front of a database, with few server connections. */
export async function startPgBouncer(
  databaseUrl: string,
  serverConnections: number,
): Promise<PgBouncer> {
  const server = new URL(databaseUrl);
  const directory = await mkdtemp(join(tmpdir(), 'singr-pgbouncer-'));
  const port = await freePort();
  const file = join(directory, 'pgbouncer.ini');
  const password = server.password === '' ? '' : ` password=${decodeURIComponent(server.password)}`;
  await writeFile(
    file,
    `[databases]
     * = host=${server.hostname} port=${server.port || 5432} user=${server.username}${password}
     [pgbouncer]
     listen_addr = 127.0.0.1
     listen_port = ${port}
     unix_socket_dir =
     auth_type = any
     pool_mode = transaction
     default_pool_size = ${serverConnections}
     max_client_conn = 200
     server_reset_query =
    `.replaceAll(/^ +/gm, ''),
  );
  const identity = process.getuid?.() === 0 ? postgresUser() : {};
  if (identity.uid !== undefined) {
    await chown(directory, identity.uid, identity.gid);
    await chown(file, identity.uid, identity.gid);
    await chmod(directory, 0o700);
  }
  // It refuses to run as root.
  const child = spawn(binary, ['-q', file], { stdio: 'ignore', ...identity });
  const exited = once(child, 'exit');
  const url = new URL(databaseUrl);
  url.hostname = '127.0.0.1';
  url.port = String(port);
  await answering(url.href);
  return {
    url: url.href,
    async stop() {
      child.kill('SIGINT');
      await Promise.race([exited, new Promise((resolve) => setTimeout(resolve, 2000).unref())]);
      child.kill('SIGKILL');
      await rm(directory, { recursive: true, force: true });
    },
  };
}

function postgresUser(): { uid: number; gid: number } | Record<string, never> {
  const id = (option: string) =>
    Number(execFileSync('id', [option, 'postgres'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

async function answering(url: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const client = new pg.Client({ connectionString: url });
    try {
      await client.connect();
      await client.query('SELECT 1');
      return;
    } catch (error) {
      if (attempt === 50) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    } finally {
      await client.end().catch(() => undefined);
    }
  }
}
