import { randomUUID } from 'node:crypto';
import {
  AccountService,
  ActorContext,
  AuditLog,
  User,
  UserRepository,
  UserService,
  VerificationTokenService,
} from '@singr/database';
import { SelectQueryBuilder } from 'typeorm';
import { describeOnServer, useDatabase } from '../../support/database.js';
import { createUser } from '../../support/fixtures.js';
import { atOnce, outcomes, useServices } from '../../support/identity-services.js';

const database = useDatabase();
const services = useServices(database);
const users = () => services.get(UserService);
const accounts = () => services.get(AccountService);

function newEmail(): string {
  return `Ann.${randomUUID()}@Example.com`;
}

describe('registering', () => {
  it('stores the address as given and finds it in any case', async () => {
    const email = newEmail();
    const user = await users().register({ email, password: 'correct horse', name: 'Ann' });
    expect(user).toMatchObject({ email, name: 'Ann', isEmailVerified: false });
    expect(user.createdAt).toBeInstanceOf(Date);
    const found = await users().findByEmail(email.toUpperCase());
    expect(found?.id).toBe(user.id);
    expect(found?.passwordHash).toMatch(/^\$argon2id\$v=19\$m=19456,(p=1,t=2|t=2,p=1)\$/);
  });

  it('has the new user as its actor, unless another actor is set', async () => {
    const own = await users().register({ email: newEmail() });
    const admin = await createUser(services.dataSource.manager);
    const made = await ActorContext.run({ userId: admin.id }, () =>
      users().register({ email: newEmail() }),
    );
    const trail = services.dataSource.getRepository(AuditLog);
    await expect(trail.findOneByOrFail({ recordId: own.id })).resolves.toMatchObject({
      userId: own.id,
    });
    await expect(trail.findOneByOrFail({ recordId: made.id })).resolves.toMatchObject({
      userId: admin.id,
    });
  });

  it('refuses an address that is taken in another case, and leaves a transaction usable', async () => {
    const email = newEmail();
    await users().register({ email });
    const other = newEmail();
    await services.dataSource.transaction(async () => {
      await expect(users().register({ email: email.toLowerCase() })).rejects.toMatchObject({
        code: 'EMAIL_TAKEN',
      });
      await users().register({ email: other });
    });
    await expect(users().findByEmail(other)).resolves.not.toBeNull();
  });

  it.each([
    '',
    'ann',
    'ann@',
    '@example.com',
    'a nn@example.com',
    'a\0@x.test',
    `${'a'.repeat(250)}@x.test`,
  ])('refuses %j as an address', async (email) => {
    await expect(users().register({ email })).rejects.toMatchObject({ code: 'INVALID_EMAIL' });
  });

  it.each(['', 'seven77', 'x'.repeat(1025)])(
    'refuses a password of a wrong length',
    async (password) => {
      await expect(users().register({ email: newEmail(), password })).rejects.toMatchObject({
        code: 'INVALID_PASSWORD',
      });
    },
  );

  it('refuses a text that cannot be stored', async () => {
    await expect(users().register({ email: newEmail(), name: 'A\0nn' })).rejects.toMatchObject({
      code: 'INVALID_TEXT',
      field: 'name',
    });
  });

  it('finds an address by the index', async () => {
    const spied = jest.spyOn(SelectQueryBuilder.prototype, 'getOne');
    await users().findByEmail('Ann@example.com');
    const query = spied.mock.contexts.at(-1) as SelectQueryBuilder<User>;
    spied.mockRestore();
    const [sql, parameters] = query.getQueryAndParameters();
    const plan = await services.dataSource.transaction(async (manager) => {
      await manager.query('SET LOCAL enable_seqscan = off');
      return manager.query<object[]>(`EXPLAIN ${sql}`, parameters);
    });
    expect(JSON.stringify(plan)).toContain('users_lower_email_key');
  });

  it('finds or creates a user', async () => {
    const email = newEmail();
    const made = await users().findOrCreate(email);
    const found = await users().findOrCreate(email.toLowerCase());
    expect(found.id).toBe(made.id);
    expect(found.passwordHash).toBeNull();
  });
});

describe('linking an account', () => {
  const google = (fields: object = {}) => ({
    provider: 'google',
    providerAccountId: randomUUID(),
    type: 'oidc',
    accessToken: 'first',
    refreshToken: 'keep',
    ...fields,
  });

  it('links once, and updates new tokens', async () => {
    const { id } = await createUser(services.dataSource.manager);
    const account = google();
    const linked = await accounts().link(id, { ...account, expiresAt: '9007199254740993' });
    expect(linked).toMatchObject({ userId: id, expiresAt: '9007199254740993' });
    const again = await accounts().link(id, {
      ...account,
      accessToken: 'second',
      refreshToken: undefined,
    });
    expect(again).toMatchObject({ id: linked.id, accessToken: 'second', refreshToken: 'keep' });
    const user = await accounts().findUser('google', account.providerAccountId);
    expect(user?.id).toBe(id);
    await expect(accounts().unlink(id, 'google', account.providerAccountId)).resolves.toBe(true);
    await expect(accounts().unlink(id, 'google', account.providerAccountId)).resolves.toBe(false);
  });

  it('refuses texts that cannot be stored, and finds no user for them', async () => {
    const user = await createUser(services.dataSource.manager);
    const account = { provider: 'google', providerAccountId: 'a\0b', type: 'oauth' };
    await expect(accounts().link(user.id, account)).rejects.toMatchObject({ code: 'INVALID_TEXT' });
    await expect(accounts().findUser('google', 'a\0b')).resolves.toBeNull();
    await expect(accounts().unlink(user.id, 'google', 'a\0b')).resolves.toBe(false);
  });

  it('refuses an account of another user, and a user who is unknown', async () => {
    const [one, two] = [
      await createUser(services.dataSource.manager),
      await createUser(services.dataSource.manager),
    ];
    const account = google();
    await accounts().link(one.id, account);
    await expect(accounts().link(two.id, account)).rejects.toMatchObject({
      code: 'ACCOUNT_LINKED_ELSEWHERE',
    });
    for (const unknown of [randomUUID(), 'nobody']) {
      await expect(accounts().link(unknown, google())).rejects.toMatchObject({
        code: 'USER_NOT_FOUND',
      });
    }
  });
});

describe('an address', () => {
  it('is verified by a user who has it', async () => {
    const user = await users().register({ email: newEmail() });
    const tokens = services.get(VerificationTokenService);
    const token = await tokens.issue('verify-email', user);
    await services.dataSource.transaction(async () => {
      await tokens.consume('verify-email', user, token);
      await expect(users().verifyEmail(user)).resolves.toMatchObject({
        id: user.id,
        isEmailVerified: true,
      });
    });
    const trail = services.dataSource.getRepository(AuditLog);
    await expect(
      trail.findOneByOrFail({ recordId: user.id, operation: 'UPDATE' }),
    ).resolves.toMatchObject({ userId: user.id });
    await expect(users().verifyEmail({ ...user, id: randomUUID() })).resolves.toBeNull();
  });

  it('is changed, and is unverified then', async () => {
    const user = await users().register({ email: newEmail(), isEmailVerified: true });
    const inCapitals = user.email.toUpperCase();
    await expect(users().changeEmail(user.id, inCapitals)).resolves.toMatchObject({
      email: inCapitals,
      isEmailVerified: true,
    });
    const email = newEmail();
    await expect(users().changeEmail(user.id, email)).resolves.toMatchObject({
      email,
      isEmailVerified: false,
    });
    await expect(users().findByEmail(inCapitals)).resolves.toBeNull();
    await expect(users().verifyEmail(user)).resolves.toBeNull();
  });

  it('cannot be changed to a taken or invalid one, nor for an unknown user', async () => {
    const [user, other] = [
      await users().register({ email: newEmail() }),
      await users().register({ email: newEmail() }),
    ];
    await services.dataSource.transaction(async () => {
      for (const email of [other.email, other.email.toLowerCase()]) {
        await expect(users().changeEmail(user.id, email)).rejects.toMatchObject({
          code: 'EMAIL_TAKEN',
        });
      }
      await users().changeEmail(user.id, newEmail());
    });
    await expect(users().changeEmail(user.id, 'ann')).rejects.toMatchObject({
      code: 'INVALID_EMAIL',
    });
    for (const unknown of [randomUUID(), 'nobody']) {
      await expect(users().changeEmail(unknown, newEmail())).rejects.toMatchObject({
        code: 'USER_NOT_FOUND',
      });
    }
  });
});

describeOnServer('races', () => {
  it('one of several users gets an address', async () => {
    const email = newEmail();
    const { values, codes } = await outcomes(
      atOnce(5, async () => {
        const { id } = await createUser(services.dataSource.manager);
        return users().changeEmail(id, email);
      }),
    );
    expect(values).toHaveLength(1);
    expect(codes).toEqual(Array(4).fill('EMAIL_TAKEN'));
  });

  it('one of several registrations of one address succeeds', async () => {
    const email = newEmail();
    const { values, codes } = await outcomes(
      atOnce(10, (index) =>
        users().register({ email: index % 2 === 0 ? email : email.toLowerCase() }),
      ),
    );
    expect(values).toHaveLength(1);
    expect(codes).toEqual(Array(9).fill('EMAIL_TAKEN'));
  });

  it('several calls find or create one user', async () => {
    const email = newEmail();
    const made = await Promise.all(atOnce(10, () => users().findOrCreate(email)));
    expect(new Set(made.map(({ id }) => id)).size).toBe(1);
  });

  it('creates a user if the one of a concurrent call was deleted again', async () => {
    const { manager } = services.dataSource;
    const faster = await createUser(manager, { email: newEmail() });
    const repository = services.get(UserRepository);
    const insert = repository.insertIfAbsent.bind(repository);
    const find = jest.spyOn(repository, 'findByEmail').mockResolvedValueOnce(null);
    const insertIfAbsent = jest
      .spyOn(repository, 'insertIfAbsent')
      .mockImplementationOnce(async (fields) => {
        const made = await insert(fields);
        await manager.delete(User, faster.id);
        return made;
      });
    const made = await users().findOrCreate(faster.email);
    expect(insertIfAbsent).toHaveBeenCalledTimes(2);
    find.mockRestore();
    insertIfAbsent.mockRestore();
    expect(made.id).not.toBe(faster.id);
    await expect(users().findByEmail(faster.email)).resolves.toMatchObject({ id: made.id });
  });

  it('one of two users gets an account', async () => {
    const manager = services.dataSource.manager;
    const people = [await createUser(manager), await createUser(manager)];
    const account = { provider: 'github', providerAccountId: randomUUID(), type: 'oauth' };
    const { values, codes } = await outcomes(
      atOnce(10, (index) => accounts().link(people[index % 2]!.id, account)),
    );
    expect(new Set(values.map(({ id }) => id)).size).toBe(1);
    expect(values).toHaveLength(5);
    expect(codes).toEqual(Array(5).fill('ACCOUNT_LINKED_ELSEWHERE'));
  });
});
