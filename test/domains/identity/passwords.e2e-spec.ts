import { randomUUID } from 'node:crypto';
import argon2 from 'argon2';
import { PasswordService, User, UserService } from '@singr/database';
import {
  hashOfNobody,
  needsRehash,
} from '../../../src/domains/identity/passwords/password-hashing.js';
import { describeOnServer, useDatabase } from '../../support/database.js';
import { createUser } from '../../support/fixtures.js';
import { atOnce, useServices } from '../../support/identity-services.js';

const database = useDatabase();
const services = useServices(database);
const passwords = () => services.get(PasswordService);

const password = 'correct horse battery';

async function register(): Promise<User> {
  const email = `Ann.${randomUUID()}@example.com`;
  return services.get(UserService).register({ email, password });
}

/** Creates a user whose password was hashed with weaker parameters. */
async function createOldUser(): Promise<User> {
  const passwordHash = await argon2.hash(password, {
    type: argon2.argon2id,
    memoryCost: 4096,
    timeCost: 3,
    parallelism: 1,
  });
  return createUser(services.dataSource.manager, { passwordHash, passwordAlgo: 'argon2id' });
}

function reload({ id }: User): Promise<User> {
  return services.dataSource.manager.findOneByOrFail(User, { id });
}

describe('signing in', () => {
  it('accepts the address in any case, and records the time', async () => {
    const user = await register();
    const signedIn = await passwords().authenticate(user.email.toUpperCase(), password);
    expect(signedIn.id).toBe(user.id);
    const { lastLoginAt, passwordHash } = await reload(user);
    expect(Date.now() - lastLoginAt!.getTime()).toBeLessThan(30_000);
    expect(passwordHash).toBe(user.passwordHash);
  });

  it('refuses a wrong password, an unknown user and a user without a password in the same way', async () => {
    const user = await register();
    const without = await createUser(services.dataSource.manager);
    const verify = jest.spyOn(argon2, 'verify');
    for (const [email, given] of [
      [user.email, 'wrong'],
      [user.email, ''],
      ['nobody@example.com', password],
      ['no\0body@example.com', password],
      [without.email, password],
    ] as const) {
      verify.mockClear();
      await expect(passwords().authenticate(email, given)).rejects.toMatchObject({
        code: 'INVALID_CREDENTIALS',
      });
      // Each does one comparison with a hash of the current parameters.
      expect(verify).toHaveBeenCalledTimes(1);
      expect(needsRehash(verify.mock.calls[0]![0])).toBe(false);
    }
    verify.mockRestore();
  });

  it('hashes a password again that was hashed with other parameters', async () => {
    const user = await createOldUser();
    await passwords().authenticate(user.email, password);
    const { passwordHash } = await reload(user);
    expect(needsRehash(user.passwordHash!)).toBe(true);
    expect(needsRehash(passwordHash!)).toBe(false);
    await expect(passwords().authenticate(user.email, password)).resolves.toBeDefined();
  });

  it('compares with a valid hash for an unknown user', async () => {
    await expect(argon2.verify(hashOfNobody, password)).resolves.toBe(false);
    expect(needsRehash(hashOfNobody)).toBe(false);
  });
});

describe('setting a password', () => {
  it('replaces the old one', async () => {
    const user = await register();
    await passwords().setPassword(user.id, 'another password');
    await expect(passwords().authenticate(user.email, password)).rejects.toMatchObject({
      code: 'INVALID_CREDENTIALS',
    });
    await expect(passwords().authenticate(user.email, 'another password')).resolves.toBeDefined();
  });

  it('treats different code points for one character as equal', async () => {
    const user = await register();
    await passwords().setPassword(user.id, 'cafe\u0301 of \ufb01sh');
    await expect(passwords().authenticate(user.email, 'caf\u00e9 of fish')).resolves.toBeDefined();
    await passwords().setPassword(user.id, 'caf\u00e9 of fish');
    await expect(
      passwords().authenticate(user.email, 'cafe\u0301 of \ufb01sh'),
    ).resolves.toBeDefined();
    // Seven characters in fourteen code points.
    await expect(passwords().setPassword(user.id, 'e\u0301'.repeat(7))).rejects.toMatchObject({
      code: 'INVALID_PASSWORD',
    });
    await expect(passwords().setPassword(user.id, 'e\u0301'.repeat(1024))).resolves.toBeUndefined();
    for (const tooLong of ['e\u0301'.repeat(1025), '\ufdfa'.repeat(100), 'x'.repeat(1e6)]) {
      await expect(passwords().setPassword(user.id, tooLong)).rejects.toMatchObject({
        code: 'INVALID_PASSWORD',
      });
    }
  });

  it('refuses an unknown user and a short password', async () => {
    for (const unknown of [randomUUID(), 'nobody']) {
      await expect(passwords().setPassword(unknown, password)).rejects.toMatchObject({
        code: 'USER_NOT_FOUND',
      });
    }
    await expect(passwords().setPassword(randomUUID(), 'short')).rejects.toMatchObject({
      code: 'INVALID_PASSWORD',
    });
  });
});

describeOnServer('races', () => {
  it('several sign-ins that hash the password again all succeed', async () => {
    const user = await createOldUser();
    await Promise.all(atOnce(5, () => passwords().authenticate(user.email, password)));
    await expect(passwords().authenticate(user.email, password)).resolves.toBeDefined();
  });

  it('a password that is set while the old one is hashed again is kept', async () => {
    const user = await createOldUser();
    // At this point the sign-in has checked the old password, and has not written its new hash.
    const hash = jest.spyOn(argon2, 'hash').mockImplementationOnce(async (...parameters) => {
      await passwords().setPassword(user.id, 'another password');
      return argon2.hash(...parameters);
    });
    await passwords().authenticate(user.email, password);
    hash.mockRestore();
    await expect(passwords().authenticate(user.email, 'another password')).resolves.toBeDefined();
    await expect(passwords().authenticate(user.email, password)).rejects.toMatchObject({
      code: 'INVALID_CREDENTIALS',
    });
  });
});
