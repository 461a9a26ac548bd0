import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { arch, cpus, platform, release, totalmem } from 'node:os';
import type { BenchDatabases } from './database.js';
import { seed } from './data/random.js';

/** The properties of the machine that matter for comparison, by name. */
export async function describeMachine(databases: BenchDatabases): Promise<[string, string][]> {
  const [{ version }] = (await databases.ask<{ version: string }>('SELECT version()')) as [
    { version: string },
  ];
  const [{ postgis }] = (await databases.ask<{ postgis: string }>(
    `SELECT coalesce(max(default_version), 'none') AS postgis FROM pg_available_extensions WHERE name = 'postgis'`,
  )) as [{ postgis: string }];
  const settings = await databases.ask<{ name: string; value: string }>(
    `SELECT name, current_setting(name) AS value FROM pg_settings
     WHERE name IN ('shared_buffers', 'work_mem', 'maintenance_work_mem', 'effective_cache_size', 'fsync',
       'synchronous_commit', 'max_wal_size', 'random_page_cost', 'jit', 'max_parallel_workers_per_gather')
     ORDER BY name`,
  );
  return [
    [
      'machine',
      `${cpus().length} × ${cpus()[0]?.model ?? arch()}, ${Math.round(totalmem() / 2 ** 30)} GiB`,
    ],
    ['system', `${platform()} ${release()}, the server on the same machine`],
    ['PostgreSQL', version.split(' (')[0]!.replace(/^PostgreSQL /, '')],
    ['PostGIS', postgis],
    ['Node.js', process.version],
    ['packages', packages.map((name) => `${name} ${versionOf(name)}`).join(', ')],
    ['settings', settings.map(({ name, value }) => `${name} = ${value}`).join(', ')],
    ['seed of the data', String(seed)],
  ];
}

const packages = [
  'typeorm',
  '@nestjs/core',
  '@nestjs/typeorm',
  'pg',
  '@prisma/client',
  '@prisma/adapter-pg',
];

function versionOf(name: string): string {
  for (const folder of createRequire(import.meta.url).resolve.paths(name) ?? []) {
    try {
      return (
        JSON.parse(readFileSync(`${folder}/${name}/package.json`, 'utf8')) as { version: string }
      ).version;
    } catch {
      // Not installed in this folder.
    }
  }
  return '?';
}
