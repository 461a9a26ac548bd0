import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { DemoDataSeeder } from '../../seeds/demo-data.seeder.js';
import { ReferenceDataSeeder } from '../../seeds/reference-data.seeder.js';
import { SeedService } from '../../seeds/seed.service.js';
import { quietDataSource } from './quiet-data-source.js';

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
  // An engine with other settings cannot start from a template that was made before.
  for (const folder of ['src/engine/embedded/', ...sources[content]]) {
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
  const dataSource = quietDataSource({ url, poolSize: 1, connectAttempts: 1, migrate: true });
  await dataSource.initialize();
  try {
    if (content === 'seeded') {
      await new SeedService(dataSource, new ReferenceDataSeeder(), new DemoDataSeeder()).run();
    }
  } finally {
    await dataSource.destroy();
  }
}
