import { TenantContext, Venue } from '@singr/database';
import { useDatabase } from '../../support/database.js';
import { useTrail, type Planted } from '../audit/trail-app.js';

/** The tenant that the trail has with each entry, whether or not rows are restricted. */
describe('the tenant of an entry', () => {
  const database = useDatabase();
  const trail = useTrail(database);
  let planted: Planted;
  let other: Planted;

  beforeEach(async () => {
    planted = await trail.plant();
    other = await trail.plant();
  });

  const tenant = () => planted.value('venues', 'customer_profiles_id');
  const stranger = () => other.value('venues', 'customer_profiles_id');
  const venue = () => planted.value('venues', 'venues_id');

  interface Entry {
    table_name: string;
    operation: string;
    tenant_id: string | null;
    former_tenant_id: string | null;
  }
  const entriesOf = (transactionId: string) =>
    database.query<Entry>(
      `SELECT table_name, operation, tenant_id, former_tenant_id FROM audit_logs
       WHERE transaction_id = $1 ORDER BY sequence`,
      [transactionId],
    );

  it('is that of the row, of its parent, or null for a global table', async () => {
    const entries = await entriesOf(planted.transactionId);
    const owned = new Set(
      (
        await database.query<{ table_name: string }>('SELECT table_name FROM audit.tenant_tables')
      ).map(({ table_name }) => table_name),
    );
    for (const { table_name, tenant_id } of entries) {
      // The planted branding profile is that of the platform or of a customer.
      if (table_name === 'branding_profiles') continue;
      expect({ table_name, tenant_id }).toEqual({
        table_name,
        tenant_id: owned.has(table_name) ? tenant() : null,
      });
    }
    expect(entries.map(({ table_name }) => table_name)).toEqual(
      expect.arrayContaining([
        'requests',
        'singer_request_history',
        'branded_app_api_keys',
        'users',
      ]),
    );
  });

  it('is the new one of a row that moves, and both are found with it', async () => {
    const moved = await trail.run(
      'UPDATE venues SET customer_profiles_id = $1, openkj_venue_id = 4711 WHERE venues_id = $2',
      [stranger(), venue()],
    );
    expect(await entriesOf(moved)).toEqual([
      {
        table_name: 'venues',
        operation: 'UPDATE',
        tenant_id: stranger(),
        former_tenant_id: tenant(),
      },
    ]);
    for (const known of [tenant(), stranger()]) {
      const { entries } = await trail.audit.history({ entity: Venue, id: venue(), tenant: known });
      expect(entries[0]).toMatchObject({ tenant: stranger(), formerTenant: tenant() });
    }
  });

  it('is that of the new parent of a child that moves, and stays when only another column changes', async () => {
    const request = planted.value('requests', 'requests_id');
    const renamed = await trail.run(`UPDATE requests SET notes = 'x' WHERE requests_id = $1`, [
      request,
    ]);
    expect(await entriesOf(renamed)).toMatchObject([
      { tenant_id: tenant(), former_tenant_id: null },
    ]);
    const moved = await trail.run('UPDATE requests SET venues_id = $1 WHERE requests_id = $2', [
      other.value('venues', 'venues_id'),
      request,
    ]);
    expect(await entriesOf(moved)).toMatchObject([
      { tenant_id: stranger(), former_tenant_id: tenant() },
    ]);
  });

  it('is that of the parent that a cascade has deleted before', async () => {
    const deleted = await trail.run(
      'DELETE FROM customer_profiles WHERE customer_profiles_id = $1',
      [tenant()],
    );
    const entries = await entriesOf(deleted);
    const tables = entries.map(({ table_name }) => table_name);
    expect(tables).toEqual(
      expect.arrayContaining([
        'venues',
        'requests',
        'organization_user_permissions',
        'branded_app_api_keys',
      ]),
    );
    const children = entries.filter(({ table_name }) => table_name !== 'singer_favorite_venues');
    expect(new Set(children.map(({ tenant_id }) => tenant_id))).toEqual(new Set([tenant()]));
  });

  it('is right for each row of a bulk statement', async () => {
    const inserted = await trail.run(
      `INSERT INTO requests (venues_id, artist, title, updated_at)
       SELECT venues_id, 'a', 't', now() FROM venues, generate_series(1, 3) WHERE venues_id IN ($1, $2)`,
      [venue(), other.value('venues', 'venues_id')],
    );
    const tenants = (await entriesOf(inserted)).map(({ tenant_id }) => tenant_id);
    expect(tenants.sort()).toEqual([tenant(), stranger()].flatMap((id) => [id, id, id]).sort());
  });

  it('is that of the row for an undo, and of the named record for an entry of the application', async () => {
    const deleted = await trail.run('DELETE FROM venues WHERE venues_id = $1', [venue()]);
    await trail.audit.undoTransaction(deleted);
    const { entries } = await trail.audit.history({ entity: Venue, id: venue(), limit: 1 });
    expect(entries[0]).toMatchObject({ operation: 'INSERT', tenant: tenant() });
    const { sequence } = await trail.audit.record({
      action: 'venue.visited',
      subject: Venue,
      id: venue(),
    });
    const [own] = await database.query<Entry>(
      'SELECT tenant_id FROM audit_logs WHERE sequence = $1',
      [sequence],
    );
    expect(own).toEqual({ tenant_id: tenant() });
  });

  describe('for a caller that is bound to a tenant', () => {
    const asStranger = <T>(work: () => Promise<T>) => TenantContext.run(stranger(), work);
    const mismatch = { code: 'TENANT_MISMATCH' };

    it('the history has the entries of that tenant alone, and refuses others', async () => {
      const { entries } = await asStranger(() => trail.audit.history({ limit: 500 }));
      expect(entries.length).toBeGreaterThan(10);
      expect(new Set(entries.map((entry) => entry.tenant))).toEqual(new Set([stranger()]));
      await expect(
        asStranger(() => trail.audit.history({ tenant: tenant() })),
      ).rejects.toMatchObject(mismatch);
      await expect(
        asStranger(() => trail.audit.history({ tenant: [stranger(), tenant()] })),
      ).rejects.toMatchObject(mismatch);
      expect((await TenantContext.run([], () => trail.audit.history())).entries).toEqual([]);
    });

    it('pages of several tenants are in order', async () => {
      const both = [tenant(), stranger()];
      const whole = await trail.audit.history({ tenant: both, limit: 500 });
      const pages: string[] = [];
      for (let cursor: string | null | undefined; cursor !== null;) {
        const page = await trail.audit.history({
          tenant: both,
          limit: 7,
          ...(cursor ? { cursor } : {}),
        });
        pages.push(...page.entries.map(({ sequence }) => sequence));
        cursor = page.nextCursor;
      }
      expect(pages).toEqual(whole.entries.map(({ sequence }) => sequence));
    });

    it('an undo finds no entry of another tenant, and does no part of what others share', async () => {
      const { entries } = await trail.audit.history({ entity: Venue, id: venue() });
      await expect(asStranger(() => trail.audit.undo(entries[0]!.sequence))).rejects.toMatchObject({
        code: 'AUDIT_ENTRY_NOT_FOUND',
      });
      const shared = await trail.run(
        `UPDATE venues SET name = name || '!' WHERE venues_id IN ($1, $2)`,
        [venue(), other.value('venues', 'venues_id')],
      );
      await expect(asStranger(() => trail.audit.undoTransaction(shared))).rejects.toMatchObject(
        mismatch,
      );
      const own = await trail.run(`UPDATE venues SET name = name || '!' WHERE venues_id = $1`, [
        other.value('venues', 'venues_id'),
      ]);
      const { steps } = await asStranger(() => trail.audit.undoTransaction(own));
      expect(steps).toHaveLength(1);
    });

    it('states of the past are refused while rows are not restricted', async () => {
      const now = new Date();
      await expect(asStranger(() => trail.audit.asOf(Venue, venue(), now))).rejects.toMatchObject(
        mismatch,
      );
      await expect(asStranger(() => trail.audit.asOfMany(Venue, now))).rejects.toMatchObject(
        mismatch,
      );
      await expect(
        asStranger(() => trail.audit.restore(Venue, venue(), now)),
      ).rejects.toMatchObject(mismatch);
      await expect(
        asStranger(() => trail.audit.restoreTo({ entities: [Venue], at: now } as never)),
      ).rejects.toMatchObject(mismatch);
    });
  });
});
