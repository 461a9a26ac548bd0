import type { INestApplication } from '@nestjs/common';
import { User, Venue } from '@singr/database';
import {
  create,
  createTestDatabase,
  expectAudit,
  type TestDatabase,
} from '@singr/database/testing';
import { createApp } from '../src/create-app.js';

describe('venues', () => {
  let database: TestDatabase;
  let app: INestApplication;

  beforeAll(async () => {
    database = await createTestDatabase();
    Object.assign(process.env, database.environment);
    app = await createApp();
    await app.listen(0);
  });

  afterAll(async () => {
    await app.close();
    await database.drop();
  });

  it('are renamed by somebody', async () => {
    const dataSource = await database.dataSource();
    const user = await create(dataSource, User);
    const venue = await create(dataSource, Venue);
    const response = await fetch(`${await app.getUrl()}/venues/${venue.id}`, {
      method: 'PATCH',
      headers: { 'content-type': 'application/json', 'x-user': user.email },
      body: JSON.stringify({ name: 'Singing Cowboy' }),
    });
    expect(response.status).toBe(200);
    await expectAudit(database, {
      of: Venue,
      id: venue.id,
      operation: 'UPDATE',
      by: user,
      route: 'PATCH /venues/:id',
      changed: ['name'],
      after: { name: 'Singing Cowboy' },
    });
  });
});
