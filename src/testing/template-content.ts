import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { DemoDataSeeder } from '../../seeds/demo-data.seeder.js';
import { ReferenceDataSeeder } from '../../seeds/reference-data.seeder.js';
import { SeedService } from '../../seeds/seed.service.js';
import { coreTables } from '../engine/module/core-tables.js';
import { singrTables } from '../singr-tables.js';
import { quietDataSource } from './quiet-data-source.js';

/** The initial content of a test database. */
export type Content = 'empty' | 'core' | 'migrated' | 'seeded';

const sources: Readonly<Record<Content, readonly string[]>> = {
  empty: [],
  core: ['migrations/core/'],
  migrated: ['migrations/'],
  seeded: ['migrations/', 'seeds/'],
};

/**
 * The name of a content: it has a hash of the migrations and seeds, so that another version has another name.
 */
export function nameOfContent(content: Content): string {
  const hash = createHash('sha256');
  // Includes the engine's files: with other settings, it cannot start from an older template.
  for (const folder of ['src/engine/embedded/', ...sources[content]]) {
    const url = new URL(`../../${folder}`, import.meta.url);
    for (const file of readdirSync(url, { recursive: true, encoding: 'utf8' }).sort()) {
      if (/\.(ts|js)$/.test(file)) hash.update(file).update(readFileSync(new URL(file, url)));
    }
  }
  return `${content}_${hash.digest('hex').slice(0, 12)}`;
}

/** Creates the content in an empty database. */
export async function fill(url: string, content: Content): Promise<void> {
  if (content === 'empty') return;
  const dataSource = quietDataSource(
    { url, poolSize: 1, connectAttempts: 1, migrate: true },
    content === 'core' ? coreTables : singrTables,
  );
  await dataSource.initialize();
  try {
    if (content === 'seeded') {
      await new SeedService(dataSource, new ReferenceDataSeeder(), new DemoDataSeeder()).run({
        demo: true,
      });
    }
  } finally {
    await dataSource.destroy();
  }
}
