import { randomUUID } from 'node:crypto';
import {
  PasswordService,
  type User,
  UserService,
  VerificationTokenInvalidError,
  VerificationTokenService,
} from '@singr/database';
import { useDatabase } from '../../support/database.js';
import { useServices } from '../../support/identity-services.js';

const services = useServices(useDatabase());
const users = () => services.get(UserService);
const tokens = () => services.get(VerificationTokenService);

/** Addresses that PostgreSQL's `lower()`, Unicode or a reader may confuse with that of Mike at GitHub. */
const lookAlikes: readonly [string, (address: string) => string][] = [
  ['U+0130, a Turkish capital', (address) => address.replace('github', 'g\u0130thub')],
  ['U+0131, a Turkish small letter', (address) => address.replace('github', 'g\u0131thub')],
  ['U+212A, the Kelvin sign', (address) => address.replace('mike', 'mi\u212Ae')],
  ['U+017F, a long s', (address) => address.replace('songs', '\u017Fongs')],
  ['full-width letters', (address) => address.replace('mike', '\uFF4D\uFF49\uFF4B\uFF45')],
  ['a full-width at sign', (address) => address.replace('@', '\uFF20')],
  ['a zero-width space', (address) => address.replace('mike', 'mi\u200Bke')],
  ['a trailing dot', (address) => `${address}.`],
  ['a trailing blank', (address) => `${address} `],
  ['a leading no-break space', (address) => `\u00A0${address}`],
  ['a trailing zero', (address) => `${address}\0`],
];

let mike: User;

beforeAll(async () => {
  mike = await users().register({
    email: `mike.${randomUUID()}@songs.github.com`,
    password: 'correct horse battery',
  });
});

describe.each(lookAlikes)('an address with %s', (_name, alike) => {
  it('does not find the user with the similar address', async () => {
    const email = alike(mike.email);
    await expect(users().findByEmail(email)).resolves.toBeNull();
    await expect(
      services.get(PasswordService).authenticate(email, 'correct horse battery'),
    ).rejects.toMatchObject({ code: 'INVALID_CREDENTIALS' });
    await expect(users().verifyEmail({ id: mike.id, email })).resolves.toBeNull();
    await expect(users().findByEmail(mike.email)).resolves.toMatchObject({
      isEmailVerified: false,
    });
  });

  it('is refused, or belongs to another user', async () => {
    const email = alike(mike.email);
    const made = await users()
      .findOrCreate(email)
      .catch((error: { code?: string }) => error.code);
    if (typeof made === 'string') expect(made).toBe('INVALID_EMAIL');
    else
      expect(made).toMatchObject({
        email: email.normalize('NFC'),
        id: expect.not.stringMatching(mike.id),
      });
  });

  it('does not get a token of the user', async () => {
    const token = await tokens().issue('reset-password', mike);
    const stolen = tokens().consume(
      'reset-password',
      { id: mike.id, email: alike(mike.email) },
      token,
    );
    await expect(stolen).rejects.toMatchObject({
      code: expect.stringMatching(/^(VERIFICATION_TOKEN_INVALID|INVALID_EMAIL)$/),
    });
    await tokens().consume('reset-password', mike, token);
  });
});

describe('an address with accents', () => {
  const composed = () => `Zo\u00EB.${randomUUID()}@m\u00FCsic.example.com`;

  it('is equal in both normal forms, and stored in the composed one', async () => {
    const email = composed();
    const zoe = await users().register({ email: email.normalize('NFD') });
    expect(zoe.email).toBe(email);
    for (const spelling of [email, email.normalize('NFD'), email.replace('Zo', 'zO')]) {
      await expect(users().findByEmail(spelling)).resolves.toMatchObject({ id: zoe.id });
      await expect(users().findOrCreate(spelling)).resolves.toMatchObject({ id: zoe.id });
      await expect(users().register({ email: spelling })).rejects.toMatchObject({
        code: 'EMAIL_TAKEN',
      });
    }
    const token = await tokens().issue('verify-email', { ...zoe, email: email.normalize('NFD') });
    await tokens().consume('verify-email', zoe, token);
  });

  it('is taken in both normal forms, also for other clients', async () => {
    const email = composed();
    const insert = 'INSERT INTO users (email) VALUES ($1)';
    await services.dataSource.query(insert, [email.normalize('NFD')]);
    await expect(
      services.dataSource.query(insert, [email.replace('Zo', 'zO')]),
    ).rejects.toMatchObject({ constraint: 'users_lower_email_key' });
    const bea = await users().register({ email: `bea.${randomUUID()}@example.com` });
    await expect(users().changeEmail(bea.id, email)).rejects.toMatchObject({ code: 'EMAIL_TAKEN' });
  });

  it('distinguishes letters that only Unicode folds', async () => {
    const email = composed();
    const small = await users().register({ email });
    const capital = await users().register({ email: email.replace('\u00EB', '\u00CB') });
    expect(capital.id).not.toBe(small.id);
    await expect(users().findByEmail(email)).resolves.toMatchObject({ id: small.id });
  });
});

describe('a change of address', () => {
  it('invalidates tokens that were sent to the old one', async () => {
    const registered = await users().register({ email: `ann.${randomUUID()}@example.com` });
    const sent = {
      'reset-password': await tokens().issue('reset-password', registered),
      'verify-email': await tokens().issue('verify-email', registered),
    };
    const email = `ann.${randomUUID()}@elsewhere.example.com`;
    await users().changeEmail(registered.id, email);
    const now = (await users().findByEmail(email))!;
    for (const [purpose, token] of Object.entries(sent)) {
      await expect(tokens().consume(purpose, now, token)).rejects.toThrow(
        VerificationTokenInvalidError,
      );
    }
    await expect(users().verifyEmail(registered)).resolves.toBeNull();
  });
});
