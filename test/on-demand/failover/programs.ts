import { accessSync, constants, existsSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** The programs that the test runs, and Debian's packages that have them. */
const packages: Readonly<Record<string, string>> = {
  patroni: 'patroni',
  etcd: 'etcd-server',
  haproxy: 'haproxy',
};

const postgresqlFolder = '/usr/lib/postgresql';

/** Where the programs are that the test runs. */
export interface Programs {
  /** The folder with `postgres` and `initdb`. */
  readonly postgresql: string;
  readonly patroni: string;
  readonly etcd: string;
  readonly haproxy: string;
}

/**
 * Finds the programs.
 *
 * @throws Error that names Debian's packages which are missing
 */
export function findPrograms(): Programs {
  const found = Object.keys(packages).map((name) => [name, onPath(name)] as const);
  const missing = found.flatMap(([name, path]) => (path === undefined ? [packages[name]!] : []));
  const postgresql = newestPostgresql();
  if (postgresql === undefined) missing.push('postgresql-15');
  if (missing.length > 0) {
    throw new Error(
      `This test needs programs of Debian that are not installed. Run: apt-get install --no-install-recommends ${missing.join(' ')}`,
    );
  }
  return { postgresql, ...Object.fromEntries(found) } as unknown as Programs;
}

function onPath(name: string): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin'];
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

function newestPostgresql(): string | undefined {
  if (!existsSync(postgresqlFolder)) return undefined;
  return readdirSync(postgresqlFolder)
    .filter((version) => Number(version) >= 15)
    .sort((a, b) => Number(b) - Number(a))
    .map((version) => join(postgresqlFolder, version, 'bin'))
    .find((folder) => isExecutable(join(folder, 'postgres')));
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
