import { randomUUID } from 'node:crypto';
import {
  ActorContext,
  AuditRetention,
  AuditVerifier,
  Idempotent,
  IdempotencyService,
  Role,
  type DatabaseDataSource,
} from '@singr/database';
import { useDatabase } from '../../support/database.js';
import { ann, bob, userId } from '../../support/people.js';
import { createTestApp, type TestApp } from '../../support/test-app.js';
import { newSlug } from '../../support/trail.js';

describe('IdempotencyService', () => {
  const database = useDatabase();
  let app: TestApp;
  let service: IdempotencyService;
  let dataSource: DatabaseDataSource;

  beforeAll(async () => {
    app = await createTestApp(database);
    service = app.get(IdempotencyService);
    dataSource = app.dataSource;
  });

  const addRole = async () => {
    const { id } = await dataSource.getRepository(Role).save({ slug: newSlug() });
    return { id };
  };
  const as = <T>(user: string, work: () => T) => ActorContext.run({ userId: user }, work);

  it('runs an operation once for each key, operation and actor', async () => {
    const call = { key: randomUUID(), operation: 'roles.add', payload: { a: 1n } };
    const first = await as(ann, () => service.once(call, addRole));
    expect(await as(ann, () => service.once(call, addRole))).toEqual(first);
    expect(await as(bob, () => service.once(call, addRole))).not.toEqual(first);
    const other = { ...call, operation: 'roles.copy' };
    expect(await as(ann, () => service.once(other, addRole))).not.toEqual(first);
  });

  it('refuses another payload, keys and lifetimes that are not valid, and a result that is no JSON', async () => {
    const call = { key: randomUUID(), operation: 'roles.add', payload: 1 };
    await service.once(call, addRole);
    const code = (work: Promise<unknown>) => work.catch((error: { code: string }) => error.code);
    expect(await code(service.once({ ...call, payload: 2 }, addRole))).toBe(
      'IDEMPOTENCY_KEY_REUSED',
    );
    expect(await code(service.once({ ...call, key: '' }, addRole))).toBe('INVALID_IDEMPOTENCY_KEY');
    expect(await code(service.once({ ...call, lifetime: 0 }, addRole))).toBe('INVALID_COUNT');
    const number = { ...call, key: randomUUID() };
    expect(await code(service.once(number, async () => 1n))).toBe('ANSWER_NOT_STORABLE');
    expect(() => Idempotent({ maxAnswerBytes: 0.5 })).toThrow('maxAnswerBytes');
  });

  it('refuses an operation inside itself', async () => {
    const call = { key: randomUUID(), operation: 'roles.add' };
    const inner = () => service.once(call, addRole);
    await expect(service.once(call, inner)).rejects.toMatchObject({
      code: 'OPERATION_IN_PROGRESS',
    });
    await service.once(call, addRole);
  });

  it('deletes expired answers', async () => {
    const call = { key: randomUUID(), operation: 'roles.add' };
    await service.once(call, addRole);
    for (let i = 0; i < 3; i++)
      await service.once({ ...call, key: randomUUID(), lifetime: 1 }, addRole);
    await service.purgeExpired();
    expect(await service.purgeExpired(1)).toBe(0);
    const first = await service.once(call, addRole);
    expect(await service.once(call, addRole)).toEqual(first);
  });

  it('forgets the answers of a user who is erased', async () => {
    const user = userId(77);
    const call = { key: randomUUID(), operation: 'roles.add' };
    const first = await as(user, () => service.once(call, addRole));
    const support = { userId: bob, onBehalfOf: { userId: user } };
    await ActorContext.run(support, () => service.once(call, addRole));
    await as(bob, () => service.once(call, addRole));
    await app.get(AuditRetention).eraseUser(user.toUpperCase());
    const kept = await database.query('SELECT user_id FROM audit.idempotency_keys');
    expect(kept.filter(({ user_id }) => user_id === user)).toEqual([]);
    expect(kept).toContainEqual({ user_id: bob });
    expect(await as(user, () => service.once(call, addRole))).not.toEqual(first);
  });

  it('keeps its answers in a table that is not audited, which audit verify accepts', async () => {
    await service.once({ key: randomUUID(), operation: 'roles.add' }, addRole);
    expect(
      await database.query(`SELECT FROM audit_logs WHERE table_name LIKE '%idempotency%'`),
    ).toEqual([]);
    expect(await app.get(AuditVerifier).verify()).toEqual([]);
  });
});
