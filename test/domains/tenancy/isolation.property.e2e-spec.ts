import { TenantContext, ActorContext, type Tenants } from '@singr/database';
import { isEmbedded, useDatabase } from '../../support/database.js';
import { createTestApp, type TestApp } from '../../support/test-app.js';
import { isolate } from '../../support/tenancy.js';
import { AuditService, SongRepository, VenueRepository } from '@singr/database';
import {
  isPgBouncerInstalled,
  startPgBouncer,
  type PgBouncer,
} from '../../engine/pgbouncer/pgbouncer.js';
import { partialReadings, readings, writings, type Caller } from './ways.js';

/** TENANCY_OPERATIONS=200000 for a long run. */
const operations = Number(process.env.TENANCY_OPERATIONS ?? 600);
const tenantCount = 12;
const workers = isEmbedded ? 1 : 16;

const fill = `
  INSERT INTO users (email, updated_at) SELECT n || '@isolation.test', now() FROM generate_series(1, ${tenantCount}) AS n;
  INSERT INTO customer_profiles (users_id, updated_at) SELECT users_id, now() FROM users;
  INSERT INTO venues (customer_profiles_id, openkj_venue_id, url_name, name, address, city, state, postal_code, location, updated_at)
    SELECT customer_profiles_id, n, n || '-' || customer_profiles_id, 'V', 'a', 'c', 's', 'p',
      ST_MakePoint(random(), random())::geography, now() FROM customer_profiles, generate_series(1, 2) AS n;
  INSERT INTO systems (customer_profiles_id, openkj_system_id, name, updated_at)
    SELECT customer_profiles_id, 1, 'S', now() FROM customer_profiles;
  INSERT INTO songdb (customer_profiles_id, openkj_system_id, artist, title, combined, normalized_combined, updated_at)
    SELECT customer_profiles_id, 1, 'Some', 'Song', 'Some - Song', 'some - song', now() FROM customer_profiles;
  INSERT INTO requests (venues_id, artist, title, updated_at) SELECT venues_id, 'A', 'T', now() FROM venues;
  INSERT INTO branding_profiles (owner_type, owner_id, name, updated_at)
    SELECT 'customer', customer_profiles_id, 'B', now() FROM customer_profiles;
  INSERT INTO branded_apps (customer_profiles_id, branding_profiles_id, name, platform, updated_at)
    SELECT owner_id, branding_profiles_id, 'App', 'web', now() FROM branding_profiles;
  -- What the operations compare with: a view of its owner, who no policy applies to.
  CREATE SCHEMA oracle;
  CREATE VIEW oracle.venues AS SELECT * FROM public.venues;
  GRANT USAGE ON SCHEMA oracle TO PUBLIC;
  GRANT SELECT ON oracle.venues TO PUBLIC`;

/** Conflicts of concurrent transactions. They roll back, so nothing was written. */
const conflicts = new Set(['40001', '40P01', '55P03']);

describe('no caller reaches the rows of another tenant', () => {
  const database = useDatabase();
  let everyone: string[];
  let app: TestApp;
  let bouncer: PgBouncer | undefined;

  beforeAll(async () => {
    for (const statement of fill.split(';')) await database.query(statement);
    const role = await isolate(database);
    everyone = (
      await database.query<{ id: string }>(
        'SELECT customer_profiles_id AS id FROM customer_profiles',
      )
    ).map(({ id }) => id);
    if (!isEmbedded && isPgBouncerInstalled) bouncer = await startPgBouncer(database.url, 4);
    app = await createTestApp(database, {
      databaseOptions: {
        ...(bouncer && { url: bouncer.url, poolSize: 8 }),
        tenancy: { role },
      },
    });
  });

  afterAll(async () => {
    await app.nest.close();
    await bouncer?.stop();
  });

  it(`in ${operations} operations of many callers at once, in every way of reading and writing`, async () => {
    const done = new Map<string, number>();
    let left = operations;
    const work = async () => {
      while (left-- > 0) {
        const name = await operate();
        done.set(name, (done.get(name) ?? 0) + 1);
      }
    };
    await Promise.all(Array.from({ length: workers }, work));
    const ways = [readings, partialReadings, writings].flatMap((ofKind) => Object.keys(ofKind));
    expect([...done.keys()].sort()).toEqual(ways.sort());
  });

  async function operate(): Promise<string> {
    const tenants = pick<Tenants | undefined>([
      undefined,
      [],
      'all',
      ...Array.from({ length: 12 }, () => [pick(everyone)]),
      ...Array.from({ length: 4 }, () => [pick(everyone), pick(everyone)]),
    ]);
    const caller: Caller = {
      dataSource: app.dataSource,
      audit: app.get(AuditService),
      venues: app.get(VenueRepository),
      songs: app.get(SongRepository),
      tenants,
      everyone,
      pick,
    };
    const kind = pick(['readings', 'readings', 'partialReadings', 'writings'] as const);
    const ways = { readings, partialReadings, writings }[kind];
    const name = pick(Object.keys(ways));
    const allowed = tenants === 'all' ? everyone : (tenants ?? []);
    let found: readonly (string | null)[];
    try {
      found = await ActorContext.run({ name: 'isolation' }, () =>
        tenants === undefined
          ? ways[name]!(caller)
          : TenantContext.run(tenants, () => ways[name]!(caller)),
      );
    } catch (error) {
      if (conflicts.has((error as { code?: string }).code ?? '')) return name;
      throw error;
    }
    const reached = [...new Set(found)].sort();
    // Venues and songs are public to somebody who belongs to no tenant, and global entries to all.
    const isPublic = kind !== 'writings' && tenants?.length === 0;
    const strange = reached.filter(
      (id) => !(id === null ? tenants === 'all' : allowed.includes(id)),
    );
    if (!isPublic) expect({ name, tenants, strange }).toEqual({ name, tenants, strange: [] });
    if (kind === 'readings' && !isPublic) {
      expect({ name, reached }).toEqual({ name, reached: [...new Set(allowed)].sort() });
    }
    return name;
  }
});

function pick<T>(items: readonly T[]): T {
  return items[Math.floor(Math.random() * items.length)]!;
}
