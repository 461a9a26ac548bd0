import { createHash, randomUUID } from 'node:crypto';
import { AuditLog, Session, SessionService, type OpenedSession } from '@singr/database';
import { describeOnServer, useDatabase } from '../../support/database.js';
import { createUser } from '../../support/fixtures.js';
import { atOnce, outcomes, useServices } from '../../support/identity-services.js';

const database = useDatabase();
const services = useServices(database);
const sessions = () => services.get(SessionService);

async function userId(): Promise<string> {
  return (await createUser(services.dataSource.manager)).id;
}

async function expire(id: string): Promise<void> {
  await database.query(
    `UPDATE sessions SET expires_at = now() - interval '1 second' WHERE sessions_id = $1`,
    [id],
  );
}

it('shows a token of 256 bits once and stores its hash', async () => {
  const id = await userId();
  const { token, session } = await sessions().create(id);
  expect(Buffer.from(token, 'base64url')).toHaveLength(32);
  expect(session.sessionToken).toBe(createHash('sha256').update(token).digest('hex'));
  const lifetime = session.expiresAt.getTime() - session.createdAt.getTime();
  expect(lifetime).toBe(12 * 60 * 60 * 1000);
  await expect(sessions().resolve(token)).resolves.toMatchObject({
    id: session.id,
    user: { id },
  });
  const entry = await services.dataSource.manager.findOneByOrFail(AuditLog, {
    recordId: session.id,
  });
  expect(entry.userId).toBe(id);
  expect(JSON.stringify(entry)).not.toContain(session.sessionToken);
});

it('finds no session for a wrong, an expired or a revoked token', async () => {
  const id = await userId();
  const { token, session } = await sessions().create(id);
  await expect(sessions().resolve('wrong')).resolves.toBeNull();
  await expect(sessions().resolve(session.sessionToken)).resolves.toBeNull();
  await expire(session.id);
  await expect(sessions().resolve(token)).resolves.toBeNull();
  await expect(sessions().rotate(token)).rejects.toMatchObject({ code: 'SESSION_INVALID' });

  const other = await sessions().create(id);
  await expect(sessions().revoke(other.session.id)).resolves.toBe(true);
  await expect(sessions().revoke(other.session.id)).resolves.toBe(false);
  await expect(sessions().resolve(other.token)).resolves.toBeNull();
});

it('rotates the token of a session', async () => {
  const { token, session } = await sessions().create(await userId(), { lifetime: 1000 });
  const rotated = await sessions().rotate(token, { lifetime: 60_000 });
  expect(rotated.session.id).toBe(session.id);
  expect(rotated.session.expiresAt.getTime()).toBeGreaterThan(session.expiresAt.getTime());
  await expect(sessions().resolve(token)).resolves.toBeNull();
  await expect(sessions().resolve(rotated.token)).resolves.toMatchObject({ id: session.id });
});

describe('a session that is rotated often', () => {
  const day = 24 * 60 * 60 * 1000;

  async function openedDaysAgo(days: number, lifetime = 60_000) {
    const opened = await sessions().create(await userId(), { lifetime });
    await database.query(
      `UPDATE sessions SET created_at = now() - $2 * interval '1 day' WHERE sessions_id = $1`,
      [opened.session.id, days],
    );
    return opened;
  }

  const ageAtItsEnd = ({ session }: OpenedSession) =>
    session.expiresAt.getTime() - session.createdAt.getTime();

  it('ends 30 days after its creation', async () => {
    const { token } = await openedDaysAgo(29.75);
    expect(ageAtItsEnd(await sessions().rotate(token))).toBe(30 * day);
  });

  it('ends after the given absolute lifetime', async () => {
    const { token } = await openedDaysAgo(0.25);
    const rotated = await sessions().rotate(token, { absoluteLifetime: day / 2 });
    expect(ageAtItsEnd(rotated)).toBe(day / 2);
    await expect(sessions().rotate(rotated.token, { absoluteLifetime: 0 })).rejects.toMatchObject({
      code: 'INVALID_LIFETIME',
    });
  });

  it('keeps its original end if that is later', async () => {
    const { token, session } = await openedDaysAgo(40, 50 * day);
    const rotated = await sessions().rotate(token, { lifetime: 50 * day });
    expect(rotated.session.expiresAt).toEqual(session.expiresAt);
  });
});

it('revokes all sessions of a user except one', async () => {
  const id = await userId();
  const kept = await sessions().create(id);
  await sessions().create(id);
  const other = await sessions().create(await userId());
  await expect(sessions().revokeAll(id, { except: kept.session.id })).resolves.toBe(1);
  await expect(sessions().resolve(kept.token)).resolves.not.toBeNull();
  await expect(sessions().revokeAll(id)).resolves.toBe(1);
  await expect(sessions().resolve(other.token)).resolves.not.toBeNull();
});

it('refuses an unknown user and a lifetime that is not valid', async () => {
  for (const unknown of [randomUUID(), 'nobody']) {
    await expect(sessions().create(unknown)).rejects.toMatchObject({ code: 'USER_NOT_FOUND' });
  }
  const id = await userId();
  for (const lifetime of [0, -1, NaN, Infinity, Date.now() * 10]) {
    await expect(sessions().create(id, { lifetime })).rejects.toMatchObject({
      code: 'INVALID_LIFETIME',
    });
  }
});

async function withExpired(count: number): Promise<string> {
  const id = await userId();
  await database.query(
    `INSERT INTO sessions (users_id, session_token, expires_at)
     SELECT $1, gen_random_uuid()::text, now() - interval '1 day' FROM generate_series(1, $2)`,
    [id, count],
  );
  return id;
}

it('purges expired sessions in batches, and no others', async () => {
  await sessions().purgeExpired();
  const id = await withExpired(25);
  const valid = await sessions().create(id);
  await expect(sessions().purgeExpired({ batchSize: 10 })).resolves.toBe(25);
  await expect(sessions().purgeExpired({ batchSize: 10 })).resolves.toBe(0);
  const left = await services.dataSource.manager.findBy(Session, { userId: id });
  expect(left.map((session) => session.id)).toEqual([valid.session.id]);
});

describeOnServer('races', () => {
  it('one of several rotations of one token succeeds', async () => {
    const { token } = await sessions().create(await userId());
    const { values, codes } = await outcomes(atOnce(10, () => sessions().rotate(token)));
    expect(values).toHaveLength(1);
    expect(codes).toEqual(Array(9).fill('SESSION_INVALID'));
    await expect(sessions().resolve(values[0]!.token)).resolves.not.toBeNull();
  });

  it('several purges share the work', async () => {
    await sessions().purgeExpired();
    await withExpired(200);
    const counts = await Promise.all(atOnce(4, () => sessions().purgeExpired({ batchSize: 10 })));
    expect(counts.reduce((sum, count) => sum + count)).toBe(200);
  });
});
