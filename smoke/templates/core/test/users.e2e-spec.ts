import type { INestApplication } from '@nestjs/common';
import { AuditService, AuditVerifier } from '@singr/database/core';
import {
  actingAs,
  createTestDatabase,
  expectAudit,
  type TestDatabase,
} from '@singr/database/testing';
import { createApp } from '../src/create-app.js';
import { core, entities, migrations } from '../src/database.js';
import { User } from '../src/users/user.entity.js';

describe('users with integer ids, in tables of the application’s own alone', () => {
  let database: TestDatabase;
  let app: INestApplication;

  beforeAll(async () => {
    database = await createTestDatabase({ core, entities, migrations });
    Object.assign(process.env, database.environment);
    app = await createApp();
    await app.listen(0);
  });

  afterAll(async () => {
    await app.close();
    await database.drop();
  });

  const request = (method: string, path: string, body: object) =>
    app.getUrl().then((url) =>
      fetch(new URL(path, url), {
        method,
        headers: { 'content-type': 'application/json', 'x-user': '1' },
        body: JSON.stringify(body),
      }),
    );

  it('are recorded as who changed a row, and what they changed can be undone', async () => {
    expect((await request('PATCH', '/users/1', { name: 'Anna' })).status).toBe(200);
    const { transactionId } = await expectAudit(database, {
      of: User,
      id: '1',
      operation: 'UPDATE',
      by: { userId: '1' },
      changed: ['name'],
      route: 'PATCH /users/:id',
    });
    await actingAs({ userId: '1' }, () =>
      app.get(AuditService, { strict: false }).undoTransaction(transactionId),
    );
    const [ann] = await database.query('SELECT name FROM users WHERE id = 1');
    expect(ann).toEqual({ name: 'Ann' });
  });

  it('keep their secrets from the trail, which is complete', async () => {
    expect((await request('POST', '/users/1/sessions', {})).status).toBe(201);
    await expectAudit(database, {
      of: 'sessions',
      operation: 'INSERT',
      by: { userId: '1' },
      after: { token: '[redacted]' },
    });
    expect(await app.get(AuditVerifier, { strict: false }).verify()).toEqual([]);
  });

  it('need no extension', async () => {
    const extensions = await database.query(
      `SELECT extname FROM pg_extension WHERE extname <> 'plpgsql'`,
    );
    expect(extensions).toEqual([]);
  });
});
