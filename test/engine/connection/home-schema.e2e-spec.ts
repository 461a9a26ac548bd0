import {
  ActorContext,
  AuditService,
  AuditVerifier,
  SongCatalogueService,
  SongRepository,
  User,
  VenueRepository,
  VenueService,
} from '@singr/database';
import { DatabaseDataSource, dataSourceOptions, resolveDatabaseConfig } from '@singr/database/core';
import { checkSchema } from '../../../src/engine/schema/check-schema.js';
import { dataSourceFor } from '../../support/data-source.js';
import { describeOnServer, useEmptyDatabase } from '../../support/database.js';
import { createCustomerProfile, createUser } from '../../support/fixtures.js';
import { createTestApp, type TestApp } from '../../support/test-app.js';

/** The schemas that have a table, and its names. */
const tablesIn = (dataSource: DatabaseDataSource, schema: string) =>
  dataSource
    .query<{ name: string }[]>(
      `SELECT relname AS name FROM pg_class
       WHERE relnamespace = to_regnamespace($1) AND relkind IN ('r', 'p') ORDER BY 1`,
      [schema],
    )
    .then((rows) => rows.map(({ name }) => name));

describeOnServer('the option schema, with all tables of the package', () => {
  // A keyword, which SQL has to quote.
  const schema = 'user';
  const database = useEmptyDatabase();
  let app: TestApp;

  beforeAll(async () => {
    app = await createTestApp(database, { databaseOptions: { migrate: true, schema } });
  });

  afterAll(() => app.close());

  it('is created, and has every table', async () => {
    expect(await tablesIn(app.dataSource, schema)).toEqual(
      expect.arrayContaining(['audit_logs', 'migrations', 'songdb', 'users', 'venues']),
    );
    expect(await tablesIn(app.dataSource, 'public')).toEqual([]);
  });

  it('passes every check', async () => {
    expect(await checkSchema(app.dataSource)).toEqual([]);
    expect(await app.get(AuditVerifier).verify()).toEqual([]);
  });

  it('records writes under the names of the tables alone, and undoes them', async () => {
    const { manager } = app.dataSource;
    const user = await createUser(manager, { displayName: 'Ann' });
    const audit = app.get(AuditService);
    await ActorContext.run({ userId: user.id }, () =>
      manager.update(User, user.id, { displayName: 'Anna' }),
    );
    const { entries } = await audit.history({ table: 'users', id: user.id });
    expect(entries.map(({ operation }) => operation)).toEqual(['UPDATE', 'INSERT']);
    await audit.undoTransaction(entries[0]!.transactionId);
    expect(await manager.findOneByOrFail(User, { id: user.id })).toMatchObject({
      displayName: 'Ann',
    });
  });

  it('is where the domains’ own SQL finds their tables', async () => {
    const owner = await createCustomerProfile(app.dataSource.manager);
    const catalogue = { customerProfileId: owner.id, openkjSystemId: 1 };
    await app
      .get(SongCatalogueService)
      .import([{ artist: 'ABBA', title: 'Dancing Queen' }], catalogue);
    const found = await app.get(SongRepository).search({ ...catalogue, query: 'dancing quen' });
    expect(found).toMatchObject([{ title: 'Dancing Queen' }]);
    const here = { longitude: 13.4, latitude: 52.5 };
    const venue = await app.get(VenueService).create({
      customerProfileId: owner.id,
      name: 'Bar',
      address: '1 Main St',
      city: 'Berlin',
      state: 'BE',
      postalCode: '10115',
      location: { type: 'Point', coordinates: [here.longitude, here.latitude] },
    });
    const nearby = await app.get(VenueRepository).nearby({ ...here, radiusMetres: 100 });
    expect(nearby).toMatchObject([{ venue: { id: venue.id } }]);
  });

  it('reverts its migrations one by one', async () => {
    const dataSource = await dataSourceFor({ ...database.options, schema }).initialize();
    for (const _ of dataSource.migrations) await dataSource.undoLastMigration();
    expect(await tablesIn(dataSource, schema)).toEqual(['migrations', 'spatial_ref_sys']);
    await dataSource.destroy();
  });
});

describeOnServer('the option schema, with the audit trail alone', () => {
  const database = useEmptyDatabase();

  it('holds audit_logs and the list of migrations, and nothing is in public', async () => {
    const config = resolveDatabaseConfig({ ...database.options, schema: 'app', migrate: true }, {});
    const dataSource = await new DatabaseDataSource(dataSourceOptions(config)).initialize();
    expect(await tablesIn(dataSource, 'app')).toEqual(['audit_logs', 'migrations']);
    expect(await tablesIn(dataSource, 'public')).toEqual([]);
    expect(await checkSchema(dataSource)).toEqual([]);
    await dataSource.destroy();
  });
});

describeOnServer('without the option schema', () => {
  const database = useEmptyDatabase();

  it('migrations are refused where new tables would not go to public, with what to do', async () => {
    const client = await database.connect();
    await client.query('CREATE SCHEMA mine');
    await client.query(
      `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET search_path = mine, public', current_database()); END $$`,
    );
    await client.end();
    const dataSource = dataSourceFor({ ...database.options, migrate: true });
    await expect(dataSource.initialize()).rejects.toMatchObject({
      code: 'SCHEMA_NOT_FIRST',
      message: expect.stringContaining('DATABASE_SCHEMA'),
    });
    const named = await dataSourceFor({
      ...database.options,
      schema: 'public',
      migrate: true,
    }).initialize();
    expect(await tablesIn(named, 'mine')).toEqual([]);
    expect(await tablesIn(named, 'public')).toContain('audit_logs');
    await named.destroy();
  });
});

it.each(['Mine', 'pg_mine', 'audit', 'mine;', ''])('the schema is refused: %p', (schema) => {
  expect(() => dataSourceFor({ url: 'postgres://u@h/d', schema })).toThrow(
    expect.objectContaining({ code: 'INVALID_CONFIGURATION' }),
  );
});
