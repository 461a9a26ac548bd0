import { randomUUID } from 'node:crypto';
import {
  AuditLog,
  SessionService,
  type TokenRecipient,
  VerificationToken,
  VerificationTokenService,
} from '@singr/database';
import { describeOnServer, useDatabase } from '../../support/database.js';
import { atOnce, outcomes, useServices } from '../../support/identity-services.js';

const database = useDatabase();
const services = useServices(database);
const tokens = () => services.get(VerificationTokenService);

function recipient(): TokenRecipient {
  return { id: randomUUID(), email: `Ann.${randomUUID()}@example.com` };
}

async function rows({ id, email }: TokenRecipient): Promise<VerificationToken[]> {
  const identifier = `reset-password:${id}:${email.toLowerCase()}`;
  return services.dataSource.manager.findBy(VerificationToken, { identifier });
}

const invalid = { code: 'VERIFICATION_TOKEN_INVALID' };

it('is valid once, without regard to the case of the address, and is not stored', async () => {
  const ann = recipient();
  const token = await tokens().issue('reset-password', ann);
  const [row] = await rows(ann);
  expect(row!.token).not.toContain(token);
  expect(row!.expiresAt.getTime() - row!.createdAt.getTime()).toBe(60 * 60 * 1000);
  await tokens().consume('reset-password', { ...ann, email: ann.email.toUpperCase() }, token);
  await expect(tokens().consume('reset-password', ann, token)).rejects.toMatchObject(invalid);
  const entries = await services.dataSource.manager.findBy(AuditLog, {
    tableName: 'verification_tokens',
    actorName: 'reset-password',
  });
  expect(entries.map(({ operation }) => operation).sort()).toEqual(['DELETE', 'INSERT']);
});

it('is valid only for its purpose and its user', async () => {
  const ann = recipient();
  const token = await tokens().issue('verify-email', ann);
  await expect(tokens().consume('reset-password', ann, token)).rejects.toMatchObject(invalid);
  await expect(tokens().consume('verify-email', recipient(), token)).rejects.toMatchObject(invalid);
  await expect(tokens().consume('verify-email', ann, 'wrong')).rejects.toMatchObject(invalid);
  await tokens().consume('verify-email', ann, token);
});

it('consumes the other tokens of its purpose too', async () => {
  const ann = recipient();
  const first = await tokens().issue('reset-password', ann);
  const second = await tokens().issue('reset-password', ann);
  await tokens().consume('reset-password', ann, second);
  await expect(tokens().consume('reset-password', ann, first)).rejects.toMatchObject(invalid);
});

it('refuses an expired token, and purges it', async () => {
  const ann = recipient();
  const token = await tokens().issue('reset-password', ann, { lifetime: 1 });
  await new Promise((resolve) => setTimeout(resolve, 20));
  await expect(tokens().consume('reset-password', ann, token)).rejects.toMatchObject(invalid);
  await expect(tokens().purgeExpired()).resolves.toBe(1);
  await expect(rows(ann)).resolves.toEqual([]);
});

it.each([
  ['INVALID_EMAIL', { email: 'ann\0@example.com' }],
  ['INVALID_EMAIL', { email: undefined as unknown as string }],
  ['USER_NOT_FOUND', { id: undefined as unknown as string }],
  ['USER_NOT_FOUND', { id: 'ann' }],
])('refuses a recipient that cannot exist: %s', async (code, wrong) => {
  const nobody = { ...recipient(), ...wrong };
  await expect(tokens().issue('reset-password', nobody)).rejects.toMatchObject({ code });
  await expect(tokens().consume('reset-password', nobody, 'x')).rejects.toMatchObject({ code });
  await expect(tokens().withdraw('reset-password', nobody)).rejects.toMatchObject({ code });
});

it('is not valid for another user with the address, nor after a change of the address', async () => {
  const ann = recipient();
  const token = await tokens().issue('reset-password', ann);
  for (const other of [
    { ...ann, id: randomUUID() },
    { ...ann, email: 'ann.new@example.com' },
  ]) {
    await expect(tokens().consume('reset-password', other, token)).rejects.toMatchObject(invalid);
  }
  await tokens().consume('reset-password', ann, token);
});

it.each([0, -1, 1.5, Number.NaN, Infinity])(
  'refuses to purge in batches of %d',
  async (batchSize) => {
    for (const service of [tokens(), services.get(SessionService)]) {
      await expect(service.purgeExpired({ batchSize })).rejects.toMatchObject({
        code: 'INVALID_COUNT',
      });
    }
  },
);

it('stays valid when the action that it permits fails', async () => {
  const ann = recipient();
  const token = await tokens().issue('reset-password', ann);
  const failed = services.dataSource.transaction(async () => {
    await tokens().consume('reset-password', ann, token);
    throw new Error('afterwards');
  });
  await expect(failed).rejects.toThrow('afterwards');
  await tokens().consume('reset-password', ann, token);
});

it('can be withdrawn', async () => {
  const ann = recipient();
  const token = await tokens().issue('change-email', ann);
  await expect(tokens().withdraw('change-email', ann)).resolves.toBe(1);
  await expect(tokens().consume('change-email', ann, token)).rejects.toMatchObject(invalid);
});

it.each(['', 'a:b', 'Reset', 'x'.repeat(51)])('refuses %j as a purpose', async (purpose) => {
  await expect(tokens().issue(purpose, recipient())).rejects.toMatchObject({
    code: 'INVALID_PURPOSE',
  });
});

describeOnServer('races', () => {
  it('one of several consumers of one token succeeds', async () => {
    const ann = recipient();
    const token = await tokens().issue('reset-password', ann);
    const { values, codes } = await outcomes(
      atOnce(10, () => tokens().consume('reset-password', ann, token)),
    );
    expect(values).toHaveLength(1);
    expect(codes).toEqual(Array(9).fill('VERIFICATION_TOKEN_INVALID'));
  });

  it('consumers of two tokens of one user do not deadlock', async () => {
    for (let round = 0; round < 10; round++) {
      const ann = recipient();
      const two = [
        await tokens().issue('reset-password', ann),
        await tokens().issue('reset-password', ann),
      ];
      const { codes } = await outcomes(
        two.map((token) => tokens().consume('reset-password', ann, token)),
      );
      // Each consumed its own token, or one consumed both.
      expect(codes.filter((code) => code !== 'VERIFICATION_TOKEN_INVALID')).toEqual([]);
      await expect(rows(ann)).resolves.toEqual([]);
    }
  });
});
