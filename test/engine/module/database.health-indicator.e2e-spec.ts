import { Controller, Get } from '@nestjs/common';
import { DatabaseHealthIndicator } from '@singr/database';
import { migrations } from '../../../migrations/index.js';
import { isEmbedded, useDatabase, useEmptyDatabase } from '../../support/database.js';
import { createTestApp, type TestApp } from '../../support/test-app.js';

@Controller()
class HealthController {
  constructor(private readonly database: DatabaseHealthIndicator) {}

  @Get('health')
  check() {
    return this.database.check();
  }
}

describe('DatabaseHealthIndicator', () => {
  const database = useDatabase();

  it('is up when the database answers, has PostGIS and is migrated', async () => {
    const app = await createTestApp(database, { controllers: [HealthController] });
    const { status, body } = await app.request('GET', '/health');
    expect(status).toBe(200);
    expect(body).toEqual({
      database: {
        status: 'up',
        postgres: expect.stringMatching(/^\d+\.\d+/),
        postgis: expect.stringMatching(/^3\.\d/),
        pendingMigrations: [],
        partitions: { monthsAhead: 3, defaultHasEntries: false },
      },
    });
  });

  describe('on an empty database', () => {
    const database = useEmptyDatabase();
    let app: TestApp;

    beforeAll(async () => {
      app = await createTestApp(database, { controllers: [HealthController] });
    });

    it('is down without PostGIS', async () => {
      const { body } = await app.request('GET', '/health');
      expect(body.database).toMatchObject({
        status: 'down',
        message: 'the extension postgis is not installed',
      });
    });

    it('is down while migrations are pending, and names them', async () => {
      await app.dataSource.query('CREATE EXTENSION postgis');
      const { body } = await app.request('GET', '/health');
      expect(body.database).toMatchObject({
        status: 'down',
        pendingMigrations: migrations.map(({ name }) => name),
      });
      expect(body.database.message).toMatch('migrations are pending');
    });

    it('is up once they have run', async () => {
      await app.dataSource.runMigrations();
      const { body } = await app.request('GET', '/health');
      expect(body.database.status).toBe('up');
    });
  });

  // The address of an embedded engine of another process answers nobody while a transaction is open.
  const itOnServer = isEmbedded ? it.skip : it;

  itOnServer('is degraded while no connection is free, and up again afterwards', async () => {
    const app = await createTestApp(database, {
      controllers: [HealthController],
      databaseOptions: { poolSize: 1 },
    });
    const { dataSource } = app;
    await dataSource.transaction(async (manager) => {
      await manager.query('SELECT 1');
      const { body } = await app.request('GET', '/health');
      expect(body.database).toEqual({
        status: 'degraded',
        message: 'no connection of the pool is free',
      });
    });
    const { body } = await app.request('GET', '/health');
    expect(body.database.status).toBe('up');
  });

  it('is down when the database went away, and does not throw', async () => {
    const app = await createTestApp(database, { controllers: [HealthController] });
    await app.dataSource.destroy();
    const { status, body } = await app.request('GET', '/health');
    expect(status).toBe(200);
    expect(body.database).toEqual({ status: 'down', message: expect.any(String) });
  });
});
