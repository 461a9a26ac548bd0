import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { DemoDataSeeder } from '../../seeds/demo-data.seeder.js';
import { ReferenceDataSeeder } from '../../seeds/reference-data.seeder.js';
import { SeedService } from '../../seeds/seed.service.js';
import { resolveDatabaseConfig } from '../config/database.config.js';
import { dataSourceOptions } from '../connection/data-source-options.js';
import { DatabaseDataSource } from '../connection/database.data-source.js';

/** What a test database begins with. */
export type Content = 'empty' | 'migrated' | 'seeded';

const sources: Readonly<Record<Content, readonly string[]>> = {
  empty: [],
  migrated: ['migrations/'],
  seeded: ['migrations/', 'seeds/'],
};

/** Names what is in a template: another version of the package, another name. */
export function nameOfContent(content: Content): string {
  const hash = createHash('sha256');
  for (const folder of sources[content]) {
    const url = new URL(`../../${folder}`, import.meta.url);
    for (const file of readdirSync(url).sort()) {
      if (/\.(ts|js)$/.test(file)) hash.update(file).update(readFileSync(new URL(file, url)));
    }
  }
  return `${content}_${hash.digest('hex').slice(0, 12)}`;
}

/** Puts the content into an empty database. */
export async function fill(url: string, content: Content): Promise<void> {
  if (content === 'empty') return;
  const config = resolveDatabaseConfig(
    { url, poolSize: 1, connectAttempts: 1, migrate: true, slowQuery: 0 },
    {},
  );
  const dataSource = await new DatabaseDataSource(dataSourceOptions(config)).initialize();
  try {
    if (content === 'seeded') {
      await new SeedService(dataSource, new ReferenceDataSeeder(), new DemoDataSeeder()).run();
    }
  } finally {
    await dataSource.destroy();
  }
}
