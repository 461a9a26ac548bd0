import { readFileSync } from 'node:fs';
import {
  ActorContext,
  TenantContext,
  type DatabaseDataSource,
  type Tenants,
} from '@singr/database';
import { useDatabase } from '../../support/database.js';
import { isolate, restrictedDataSource } from '../../support/tenancy.js';
import { tenantsWithRows, type Row, type World } from './tenants-with-rows.js';

/** The table of docs/tenancy.md: for each table, who sees which rows. */
function documented(): { table: string; seenBy: readonly string[] }[] {
  const page = readFileSync(new URL('../../../docs/tenancy.md', import.meta.url), 'utf8');
  const [, section = ''] = page.split('### Who sees which rows');
  return [...section.matchAll(/^\| `([a-z_.]+)` *\| (.*) \|$/gm)].map(([, table, cells]) => ({
    table: table!,
    seenBy: cells!.split('|').map((cell) => cell.trim()),
  }));
}

/** The rows that the words of a cell mean. */
function meant(words: string, rows: readonly Row[], tenants: Tenants | undefined, userId: string) {
  const kinds: Record<string, (row: Row) => boolean> = {
    none: () => false,
    all: () => true,
    own: ({ owners }) => owners.includes(userId),
    global: ({ tenant }) => tenant === null,
    tenants: ({ tenant }) => tenant !== null && (tenants?.includes(tenant) ?? false),
  };
  return rows
    .filter((row) => words.split(', ').some((word) => kinds[word]!(row)))
    .map(({ key }) => key)
    .sort();
}

describe('who sees which rows', () => {
  const database = useDatabase();
  let restricted: DatabaseDataSource;
  let world: World;

  beforeAll(async () => {
    world = await tenantsWithRows(database);
    restricted = await restrictedDataSource(database, await isolate(database));
    database.beforeDrop(() => restricted.destroy());
  });

  const pages = documented();

  it('documents every isolated table and the trail', async () => {
    const rows = await database.query<{ table_name: string }>(
      'SELECT table_name FROM audit.isolated_tables',
    );
    const isolated = rows.map(({ table_name }) => table_name);
    expect(pages.map(({ table }) => table).sort()).toEqual([...isolated, 'audit_logs'].sort());
  });

  it.each(pages)('$table', async ({ table, seenBy }) => {
    const rows = world.rows.get(table)!;
    expect(new Set(rows.map(({ tenant }) => tenant)).size).toBeGreaterThan(2);
    const { first, second } = world;
    const callers: [string, Tenants | undefined][] = [
      [seenBy[0]!, undefined],
      [seenBy[1]!, []],
      [seenBy[2]!, [first]],
      [seenBy[2]!, [first, second]],
      [seenBy[3]!, 'all'],
    ];
    for (const userId of world.users) {
      for (const [words, tenants] of callers) {
        const seen = await asUser(userId, tenants, () => world.read(restricted, table));
        expect({ tenants, seen: seen.sort() }).toEqual({
          tenants,
          seen: meant(words, rows, tenants, userId),
        });
      }
    }
  });

  it('lets nobody but the tenant and all write a row', async () => {
    const { first, second } = world;
    const rename = () =>
      restricted.query<[unknown[], number]>(
        `UPDATE venues SET city = city || '!' RETURNING customer_profiles_id`,
      );
    const written = async (tenants: Tenants | undefined) => {
      const [rows] = await asUser(world.users[0]!, tenants, rename);
      return (rows as { customer_profiles_id: string }[])
        .map((row) => row.customer_profiles_id)
        .sort();
    };
    expect(await written(undefined)).toEqual([]);
    expect(await written([])).toEqual([]);
    expect(await written([first])).toEqual([first]);
    expect(await written([first, second])).toEqual([first, second].sort());
    expect(await written('all')).toHaveLength(world.rows.get('venues')!.length);
  });

  it('refuses to insert a row for another tenant, and to move one there', async () => {
    const { first, second } = world;
    const refused = { code: '42501' };
    await TenantContext.run([first], async () => {
      await expect(
        restricted.query(
          `INSERT INTO systems (customer_profiles_id, openkj_system_id, name, updated_at) VALUES ($1, 9, 'x', now())`,
          [second],
        ),
      ).rejects.toMatchObject(refused);
      await expect(
        restricted.query('UPDATE systems SET customer_profiles_id = $1', [second]),
      ).rejects.toMatchObject(refused);
      const [venue] = await TenantContext.run('all', () =>
        restricted.query<[{ venues_id: string }]>(
          'SELECT venues_id FROM venues WHERE customer_profiles_id = $1',
          [second],
        ),
      );
      await expect(
        restricted.query(
          `INSERT INTO requests (venues_id, artist, title, updated_at) VALUES ($1, 'a', 't', now())`,
          [venue.venues_id],
        ),
      ).rejects.toMatchObject(refused);
    });
  });

  it('lets tenants change no row of the platform', async () => {
    const before = await database.query('SELECT * FROM branding_profiles ORDER BY 1');
    await TenantContext.run([world.first], async () => {
      await restricted.query(`UPDATE branding_profiles SET owner_id = $1 WHERE owner_id IS NULL`, [
        world.first,
      ]);
      await restricted.query(`DELETE FROM branding_profiles WHERE owner_id IS NULL`);
    });
    expect(await database.query('SELECT * FROM branding_profiles ORDER BY 1')).toEqual(before);
  });
});

function asUser<T>(
  userId: string,
  tenants: Tenants | undefined,
  work: () => Promise<T>,
): Promise<T> {
  return ActorContext.run({ userId }, () =>
    tenants === undefined ? work() : TenantContext.run(tenants, work),
  );
}
