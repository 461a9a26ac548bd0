import type { INestApplication } from '@nestjs/common';
import { Role, User } from '@singr/database';
import {
  create,
  createTestDatabase,
  expectAudit,
  type TestDatabase,
} from '@singr/database/testing';
import { createApp } from '../src/create-app';

describe('around a handler', () => {
  let database: TestDatabase;
  let app: INestApplication;
  let user: User;

  beforeAll(async () => {
    database = await createTestDatabase();
    Object.assign(process.env, database.environment);
    app = await createApp();
    await app.listen(0);
    user = await create(await database.dataSource(), User);
  });

  afterAll(async () => {
    await app.close();
    await database.drop();
  });

  const post = async (path: string, headers: Record<string, string>) => {
    const url = `${await app.getUrl()}${path}`;
    return (await fetch(url, { method: 'POST', headers: { 'x-user': user.email, ...headers } }))
      .status;
  };

  it('a guard writes as whom it says', async () => {
    expect(await post('/around', { 'x-guard': 'of-guard' })).toBe(201);
    const after = { slug: 'of-guard' };
    await expectAudit(database, { of: Role, by: { name: 'guard' }, route: 'POST /around', after });
  });

  it('an interceptor around the package’s writes as the user', async () => {
    expect(await post('/around', { 'x-interceptor': 'of-interceptor' })).toBe(201);
    const after = { slug: 'of-interceptor' };
    await expectAudit(database, { of: Role, by: user, route: 'POST /around', after });
  });

  it('an exception filter writes as the user', async () => {
    expect(await post('/around/failing', { 'x-filter': 'of-filter' })).toBe(409);
    const after = { slug: 'of-filter' };
    await expectAudit(database, { of: Role, by: user, route: 'POST /around/failing', after });
  });
});
