import type { INestApplication } from '@nestjs/common';
import { AuditVerifier, User } from '@singr/database';
import {
  create,
  createTestDatabase,
  expectAudit,
  type TestDatabase,
} from '@singr/database/testing';
import { createApp } from '../src/create-app.js';
import { entities, migrations, otherTables } from '../src/database.js';
import { SongNote } from '../src/notes/song-note.entity.js';

describe('notes, in a table of the application’s own', () => {
  let database: TestDatabase;
  let app: INestApplication;

  beforeAll(async () => {
    database = await createTestDatabase({ entities, migrations, otherTables });
    Object.assign(process.env, database.environment);
    app = await createApp();
    await app.listen(0);
  });

  afterAll(async () => {
    await app.close();
    await database.drop();
  });

  it('are audited, without their secret', async () => {
    const user = await create(await database.dataSource(), User);
    const response = await fetch(`${await app.getUrl()}/notes`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-user': user.email },
      body: JSON.stringify({ text: 'Too high for me' }),
    });
    const { id } = (await response.json()) as SongNote;
    await expectAudit(database, {
      of: SongNote,
      id,
      operation: 'INSERT',
      by: user,
      after: { text: 'Too high for me', share_token: '[redacted]' },
    });
    expect(await app.get(AuditVerifier, { strict: false }).verify()).toEqual([]);
  });
});
