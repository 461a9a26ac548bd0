import { randomUUID } from 'node:crypto';
import {
  AuditLog,
  SessionService,
  VerificationToken,
  VerificationTokenService,
} from '@singr/database';
import { describeOnServer, useDatabase } from '../support/database.js';
import { atOnce, outcomes, useServices } from './services.js';

const database = useDatabase();
const services = useServices(database);
const tokens = () => services.get(VerificationTokenService);

function subject(): string {
  return `Ann.${randomUUID()}@example.com`;
}

async function rows(email: string): Promise<VerificationToken[]> {
  const identifier = `reset-password:${email.toLowerCase()}`;
  return services.dataSource.manager.findBy(VerificationToken, { identifier });
}

const invalid = { code: 'VERIFICATION_TOKEN_INVALID' };

it('works once, for a subject in any case, and stores no token', async () => {
  const email = subject();
  const token = await tokens().issue('reset-password', email);
  const [row] = await rows(email);
  expect(row!.token).not.toContain(token);
  expect(row!.expiresAt.getTime() - row!.createdAt.getTime()).toBe(60 * 60 * 1000);
  await tokens().consume('reset-password', email.toUpperCase(), token);
  await expect(tokens().consume('reset-password', email, token)).rejects.toMatchObject(invalid);
  const entries = await services.dataSource.manager.findBy(AuditLog, {
    tableName: 'verification_tokens',
    actorName: 'reset-password',
  });
  expect(entries.map(({ operation }) => operation).sort()).toEqual(['DELETE', 'INSERT']);
});

it('works for its purpose and its subject alone', async () => {
  const email = subject();
  const token = await tokens().issue('verify-email', email);
  await expect(tokens().consume('reset-password', email, token)).rejects.toMatchObject(invalid);
  await expect(tokens().consume('verify-email', subject(), token)).rejects.toMatchObject(invalid);
  await expect(tokens().consume('verify-email', email, 'wrong')).rejects.toMatchObject(invalid);
  await tokens().consume('verify-email', email, token);
});

it('takes the other tokens of its purpose along', async () => {
  const email = subject();
  const first = await tokens().issue('reset-password', email);
  const second = await tokens().issue('reset-password', email);
  await tokens().consume('reset-password', email, second);
  await expect(tokens().consume('reset-password', email, first)).rejects.toMatchObject(invalid);
});

it('refuses an expired token, and purges it', async () => {
  const email = subject();
  const token = await tokens().issue('reset-password', email, { lifetime: 1 });
  await new Promise((resolve) => setTimeout(resolve, 20));
  await expect(tokens().consume('reset-password', email, token)).rejects.toMatchObject(invalid);
  await expect(tokens().purgeExpired()).resolves.toBe(1);
  await expect(rows(email)).resolves.toEqual([]);
});

it('is for no subject that cannot be stored', async () => {
  const refused = { code: 'INVALID_TEXT' };
  const subject = 'ann\0@example.com';
  await expect(tokens().issue('reset-password', subject)).rejects.toMatchObject(refused);
  await expect(tokens().consume('reset-password', subject, 'x')).rejects.toMatchObject(refused);
  await expect(tokens().withdraw('reset-password', subject)).rejects.toMatchObject(refused);
});

it.each([0, -1, 1.5, Number.NaN, Infinity])('purges no batches of %d', async (batchSize) => {
  for (const service of [tokens(), services.get(SessionService)]) {
    await expect(service.purgeExpired({ batchSize })).rejects.toMatchObject({
      code: 'INVALID_COUNT',
    });
  }
});

it('stays usable when what it was for fails', async () => {
  const email = subject();
  const token = await tokens().issue('reset-password', email);
  const failed = services.dataSource.transaction(async () => {
    await tokens().consume('reset-password', email, token);
    throw new Error('afterwards');
  });
  await expect(failed).rejects.toThrow('afterwards');
  await tokens().consume('reset-password', email, token);
});

it('can be withdrawn', async () => {
  const email = subject();
  const token = await tokens().issue('change-email', email);
  await expect(tokens().withdraw('change-email', email)).resolves.toBe(1);
  await expect(tokens().consume('change-email', email, token)).rejects.toMatchObject(invalid);
});

it.each(['', 'a:b', 'Reset', 'x'.repeat(51)])('refuses %j as a purpose', async (purpose) => {
  await expect(tokens().issue(purpose, subject())).rejects.toMatchObject({
    code: 'INVALID_PURPOSE',
  });
});

describeOnServer('races', () => {
  it('one of several consumers of one token succeeds', async () => {
    const email = subject();
    const token = await tokens().issue('reset-password', email);
    const { values, codes } = await outcomes(
      atOnce(10, () => tokens().consume('reset-password', email, token)),
    );
    expect(values).toHaveLength(1);
    expect(codes).toEqual(Array(9).fill('VERIFICATION_TOKEN_INVALID'));
  });

  it('consumers of two tokens of one subject do not block each other', async () => {
    for (let round = 0; round < 10; round++) {
      const email = subject();
      const two = [
        await tokens().issue('reset-password', email),
        await tokens().issue('reset-password', email),
      ];
      const { codes } = await outcomes(
        two.map((token) => tokens().consume('reset-password', email, token)),
      );
      // Each took its own, or one took both: never a deadlock.
      expect(codes.filter((code) => code !== 'VERIFICATION_TOKEN_INVALID')).toEqual([]);
      await expect(rows(email)).resolves.toEqual([]);
    }
  });
});
