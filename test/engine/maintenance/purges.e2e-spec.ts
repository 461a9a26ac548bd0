import { Injectable } from '@nestjs/common';
import { OrganizationUser, PurgeRegistry, Session, VerificationToken } from '@singr/database';
import { create } from '@singr/database/testing';
import { useDatabase } from '../../support/database.js';
import { createTestApp, type TestApp } from '../../support/test-app.js';

/** An application's own purge. */
@Injectable()
class Drafts {
  runs = 0;

  constructor(purges: PurgeRegistry) {
    purges.add('old drafts', async () => ++this.runs);
  }
}

describe('the purges of maintenance', () => {
  const database = useDatabase();
  let app: TestApp;
  let purges: PurgeRegistry;

  beforeAll(async () => {
    app = await createTestApp(database, { providers: [Drafts] });
    purges = app.get(PurgeRegistry);
  });

  it('are those of the domains and of the application', () => {
    expect(purges.names.toSorted()).toEqual([
      'expired API keys',
      'expired answers to retries',
      'expired invitations',
      'expired sessions',
      'expired verification tokens',
      'old drafts',
    ]);
  });

  it('delete what has expired, and keep the rest', async () => {
    const past = new Date(Date.now() - 1000);
    const future = new Date(Date.now() + 60_000);
    await create(app.dataSource, Session, { expiresAt: past });
    const session = await create(app.dataSource, Session, { expiresAt: future });
    await create(app.dataSource, VerificationToken, { expiresAt: past });
    const token = await create(app.dataSource, VerificationToken, { expiresAt: future });
    const invited = { status: 'invited', invitationToken: 'x' } as Partial<OrganizationUser>;
    const { id } = await create(app.dataSource, OrganizationUser, {
      ...invited,
      invitationExpiresAt: past,
    });

    const { purged, failures } = await purges.run();
    expect(failures).toEqual({});
    expect(purged).toEqual({
      'expired answers to retries': 0,
      'expired sessions': 1,
      'expired verification tokens': 1,
      'expired invitations': 1,
      'expired API keys': 0,
      'old drafts': 1,
    });
    const kept = await app.dataSource.getRepository(Session).find();
    expect(kept.map((row) => row.id)).toEqual([session.id]);
    const tokens = await app.dataSource.getRepository(VerificationToken).find();
    expect(tokens.map((row) => row.identifier)).toEqual([token.identifier]);
    expect(await app.dataSource.getRepository(OrganizationUser).findOneBy({ id })).toMatchObject({
      status: 'revoked',
    });
  });

  it('run although one of them fails, and report the failure', async () => {
    purges.add('broken', async () => {
      throw new Error('the disk is full');
    });
    purges.add('after it', async () => 7);
    const { purged, failures } = await purges.run();
    expect(purged).toMatchObject({ 'after it': 7 });
    expect(failures).toEqual({ broken: new Error('the disk is full') });
  });

  it('have different names', () => {
    expect(() => purges.add('expired sessions', async () => 0)).toThrow(
      expect.objectContaining({ code: 'DUPLICATE_PURGE' }),
    );
  });
});
