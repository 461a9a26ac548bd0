import { randomUUID } from 'node:crypto';
import { pipeline } from 'node:stream/promises';
import { Writable } from 'node:stream';
import {
  AuditService,
  Request,
  SongRepository,
  System,
  TenantContext,
  Venue,
  VenueRepository,
  type DatabaseDataSource,
  type Tenants,
} from '@singr/database';
import type { PoolClient } from 'pg';

/** Where an operation runs, and for whom. */
export interface Caller {
  readonly dataSource: DatabaseDataSource;
  readonly audit: AuditService;
  readonly venues: VenueRepository;
  readonly songs: SongRepository;
  readonly tenants: Tenants | undefined;
  /** All tenants there are. */
  readonly everyone: readonly string[];
  pick<T>(items: readonly T[]): T;
}

/** What an operation did: the tenants of the rows that it read or wrote. */
type Way = (caller: Caller) => Promise<readonly (string | null)[]>;

class Undone extends Error {}

type TenantRow = { readonly customer_profiles_id: string };

const tenantsOf = (rows: readonly TenantRow[]) => rows.map((row) => row.customer_profiles_id);
const ofEntities = (rows: readonly { customerProfileId: string }[]) =>
  rows.map(({ customerProfileId }) => customerProfileId);
const ofRequests = (rows: readonly Request[]) =>
  rows.map(({ venue }) => venue?.customerProfileId ?? null);

const selectVenues = 'SELECT customer_profiles_id FROM venues';
const selectRequests = `SELECT (SELECT v.customer_profiles_id FROM oracle.venues v WHERE v.venues_id = r.venues_id)
  AS customer_profiles_id FROM requests r`;

/** Ways to read rows. Each must find exactly those of the caller's tenants, unless it is in `partial`. */
export const readings: Readonly<Record<string, Way>> = {
  'a repository': async ({ dataSource }) =>
    ofEntities(await dataSource.getRepository(Venue).find()),
  'a repository with a relation': async ({ dataSource }) =>
    ofRequests(await dataSource.getRepository(Request).find({ relations: { venue: true } })),
  'a query builder': async ({ dataSource }) =>
    ofEntities(await dataSource.createQueryBuilder(System, 's').getMany()),
  'a query builder in a transaction': ({ dataSource }) =>
    dataSource.transaction(async (manager) =>
      ofEntities(await manager.createQueryBuilder(Venue, 'v').getMany()),
    ),
  'raw SQL': async ({ dataSource }) => tenantsOf(await dataSource.query<TenantRow[]>(selectVenues)),
  'raw SQL with a parameter': async ({ dataSource }) =>
    tenantsOf(await dataSource.query<TenantRow[]>(`${selectVenues} WHERE name <> $1`, ['nobody'])),
  'raw SQL with a semicolon': async ({ dataSource }) =>
    tenantsOf(await dataSource.query<TenantRow[]>(`${selectVenues} WHERE name <> ';'`)),
  'raw SQL in a nested transaction': ({ dataSource }) =>
    dataSource.transaction((manager) =>
      manager.transaction(async (inner) => tenantsOf(await inner.query<TenantRow[]>(selectVenues))),
    ),
  'raw SQL after a rolled back savepoint': ({ dataSource }) =>
    dataSource.transaction(async (manager) => {
      await manager
        .transaction(async (inner) => {
          await inner.query(selectVenues);
          throw new Error('undone');
        })
        .catch(() => undefined);
      return tenantsOf(await manager.query<TenantRow[]>(selectVenues));
    }),
  'children of a parent': async ({ dataSource }) =>
    tenantsOf(await dataSource.query<TenantRow[]>(selectRequests)),
  'a common table expression': async ({ dataSource }) =>
    tenantsOf(
      await dataSource.query<TenantRow[]>(
        `WITH all_venues AS MATERIALIZED (${selectVenues}) TABLE all_venues`,
      ),
    ),
  'a stream': ({ dataSource }) => readStream(dataSource),
  'a stream in a transaction': ({ dataSource }) =>
    dataSource.transaction(() => readStream(dataSource)),
  'a named prepared statement': ({ dataSource }) =>
    dataSource.transaction(async (manager) => {
      await manager.query('SELECT 1');
      const client = (await manager.queryRunner!.connect()) as PoolClient;
      // A name of its own, because the pooler gives each transaction another connection of the server.
      const name = `venues_${randomUUID()}`;
      const { rows } = await client.query<TenantRow>({ name, text: selectVenues, values: [] });
      await client.query(`DEALLOCATE "${name}"`);
      return tenantsOf(rows);
    }),
  'a cursor': ({ dataSource }) =>
    dataSource.transaction(async (manager) => {
      await manager.query(`DECLARE venues_of CURSOR FOR ${selectVenues}`);
      return tenantsOf(await manager.query<TenantRow[]>('FETCH ALL FROM venues_of'));
    }),
  'another caller in the same transaction': ({ dataSource, everyone, pick, tenants }) =>
    dataSource.transaction(async (manager) => {
      const other = pick(everyone);
      const found = await TenantContext.run(other, () => manager.query<TenantRow[]>(selectVenues));
      const own = await manager.query<TenantRow[]>(selectVenues);
      if (found.some((row) => row.customer_profiles_id !== other)) return ['of another'];
      return tenants === undefined && own.length > 0 ? ['of another'] : tenantsOf(own);
    }),
  'several callers at once in a transaction': ({ dataSource, everyone, pick }) =>
    dataSource.transaction(async (manager) => {
      const others = [pick(everyone), pick(everyone)];
      const [own, ...found] = await Promise.all([
        manager.query<TenantRow[]>(selectVenues),
        ...others.map((other) =>
          TenantContext.run(other, () => manager.query<TenantRow[]>(selectVenues)),
        ),
      ]);
      const areRight = found.every((rows, index) =>
        rows.every((row) => row.customer_profiles_id === others[index]),
      );
      return areRight ? tenantsOf(own) : ['of another'];
    }),
};

/** Ways to read that find some of the rows of the caller's tenants, and none of others. */
export const partialReadings: Readonly<Record<string, Way>> = {
  'a search by place': async ({ venues }) =>
    (await venues.nearby({ longitude: 0, latitude: 0, radiusMetres: 20_000_000 })).map(
      ({ venue }) => venue.customerProfileId,
    ),
  'a search for songs': async ({ songs }) => ofEntities(await songs.search({ query: 'song' })),
  'a search for similar songs': async ({ songs }) =>
    ofEntities(await songs.search({ query: 'sonng of' })),
  'the history': async ({ audit }) =>
    (await audit.history({ limit: 100 })).entries.map(({ tenant }) => tenant),
  'raw SQL on the trail': async ({ dataSource }) =>
    (
      await dataSource.query<{ tenant_id: string | null }[]>(
        `SELECT tenant_id FROM audit_logs WHERE record_id IS NOT NULL ORDER BY sequence DESC LIMIT 20`,
      )
    ).map(({ tenant_id }) => tenant_id),
};

/** Ways to write. Each returns the tenants of the rows that it wrote. */
export const writings: Readonly<Record<string, Way>> = {
  'an update of all rows': async ({ dataSource }) => {
    const [rows] = await dataSource.query<[TenantRow[], number]>(
      `UPDATE systems SET name = 'renamed' RETURNING customer_profiles_id`,
    );
    return tenantsOf(rows);
  },
  'an update by a query builder': async ({ dataSource }) => {
    const { raw } = await dataSource
      .createQueryBuilder()
      .update(System)
      .set({ name: 'set' })
      .returning('customer_profiles_id')
      .execute();
    return tenantsOf(raw as TenantRow[]);
  },
  'an update of children': async ({ dataSource }) => {
    const [rows] = await dataSource.query<[TenantRow[], number]>(
      `UPDATE requests r SET notes = 'n' RETURNING (SELECT v.customer_profiles_id FROM oracle.venues v
         WHERE v.venues_id = r.venues_id) AS customer_profiles_id`,
    );
    return tenantsOf(rows);
  },
  'a deletion that is rolled back': async ({ dataSource }) => {
    let deleted: TenantRow[] = [];
    await dataSource
      .transaction(async (manager) => {
        [deleted] = await manager.query<[TenantRow[], number]>(
          'DELETE FROM systems RETURNING customer_profiles_id',
        );
        throw new Error('undone');
      })
      .catch(() => undefined);
    return tenantsOf(deleted);
  },
  'an insert for somebody': async ({ dataSource, everyone, pick }) => {
    const customerProfileId = pick(everyone);
    const number = Math.floor(Math.random() * 2_000_000_000);
    try {
      await dataSource.transaction(async (manager) => {
        await manager.insert(System, { customerProfileId, openkjSystemId: number, name: 'new' });
        await manager.delete(System, { customerProfileId, openkjSystemId: number });
      });
      return [customerProfileId];
    } catch (error) {
      if ((error as { code?: string }).code !== '42501') throw error;
      return [];
    }
  },
  'a row moved to somebody': async ({ dataSource, everyone, pick }) => {
    const other = pick(everyone);
    const moved: TenantRow[] = [];
    try {
      await dataSource.transaction(async (manager) => {
        const [rows] = await manager.query<[TenantRow[], number]>(
          `UPDATE branded_apps SET customer_profiles_id = $1 RETURNING customer_profiles_id`,
          [other],
        );
        moved.push(...rows);
        throw new Undone();
      });
    } catch (error) {
      if (!(error instanceof Undone) && (error as { code?: string }).code !== '42501') throw error;
    }
    return tenantsOf(moved);
  },
};

async function readStream(dataSource: DatabaseDataSource): Promise<string[]> {
  const tenants: string[] = [];
  const stream = await dataSource
    .createQueryBuilder(Venue, 'v')
    .select('v.customerProfileId', 'customer_profiles_id')
    .stream();
  await pipeline(
    stream,
    new Writable({
      objectMode: true,
      write(row: TenantRow, _, done) {
        tenants.push(row.customer_profiles_id);
        done();
      },
    }),
  );
  return tenants;
}
