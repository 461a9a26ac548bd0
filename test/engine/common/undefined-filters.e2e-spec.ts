import {
  AccountService,
  ApiKeyService,
  AuditLogRepository,
  AuditRetention,
  AuditService,
  BrandedAppApiKeyService,
  CustomerRepository,
  FavoritesService,
  OrganizationService,
  OrganizationUserRepository,
  PasswordService,
  PermissionRepository,
  ProfileService,
  RequestRepository,
  RequestService,
  RoleService,
  SessionService,
  SingerRequestHistoryRepository,
  SongRepository,
  StateRepository,
  StripeWebhookInbox,
  SubscriptionService,
  SystemRepository,
  User,
  UserService,
  Venue,
  VenueRepository,
  VenueService,
  VerificationTokenService,
} from '@singr/database';
import { useServices } from '../../support/identity-services.js';
import { useDatabase } from '../../support/database.js';
import { createUser, createVenue } from '../../support/fixtures.js';

const services = useServices(useDatabase());

/** Missing values that a caller may pass, from JavaScript or through `any`. */
const missing = [undefined, null] as unknown as string[];

beforeAll(async () => {
  // Somebody's, for whoever asks for nothing to get.
  await createVenue(services.dataSource.manager);
});

describe.each(missing)('a filter that is %p', (none) => {
  const refused = { code: 'MISSING_FILTER' };
  const history = (query: object) => services.get(AuditService).history(query);

  it.each([
    'entity',
    'table',
    'id',
    'actor',
    'requestId',
    'transactionId',
    'operations',
    'from',
    'until',
  ])('as %s does not give the history of everything', async (filter) => {
    await expect(history({ entity: Venue, [filter]: none })).rejects.toMatchObject({
      ...refused,
      filter,
    });
  });

  it('does not give all records as of a time', async () => {
    const audit = services.get(AuditService);
    await expect(audit.asOfMany(Venue, new Date(), { where: none as never })).rejects.toMatchObject(
      refused,
    );
    await expect(
      audit.asOfMany(Venue, new Date(), { where: { customerProfileId: none } }),
    ).rejects.toThrow(/customerProfileId/);
  });

  it('does not prune the trail of every table', async () => {
    const pruned = services.get(AuditRetention).prune({ before: new Date(), table: none });
    await expect(pruned).rejects.toMatchObject(refused);
    expect((await history({ entity: Venue })).entries).not.toEqual([]);
  });

  it("does not search every customer's songs", async () => {
    const songs = services.get(SongRepository);
    for (const search of [
      { query: 'queen', customerProfileId: none },
      { query: 'queen', customerProfileId: none, openkjSystemId: 1 },
      { query: 'queen', openkjSystemId: none as never },
    ]) {
      await expect((async () => songs.search(search))()).rejects.toMatchObject(refused);
    }
  });

  it('does not end the session to keep, and accepts no invitation', async () => {
    const { id } = await createUser(services.dataSource.manager);
    const sessions = services.get(SessionService);
    const { token } = await sessions.create(id);
    await expect(sessions.revokeAll(id, { except: none })).rejects.toMatchObject(refused);
    await expect(sessions.resolve(token)).resolves.not.toBeNull();
    await expect(services.get(OrganizationService).accept('token', none)).rejects.toMatchObject(
      refused,
    );
  });

  it('in criteria of TypeORM does not delete or change every row', async () => {
    const { manager } = services.dataSource;
    const users = manager.getRepository(User);
    await createUser(manager);
    const before = await users.count();
    for (const work of [
      () => users.delete({ id: none }),
      () => users.update({ id: none }, { name: 'Everybody' }),
      () => users.delete(none),
      () => users.createQueryBuilder().delete().where({ id: none }).execute(),
      () =>
        users
          .createQueryBuilder()
          .update()
          .set({ name: 'Everybody' })
          .where({ id: none })
          .execute(),
      () => users.createQueryBuilder().delete().where('users_id = :id', { id: none }).execute(),
    ]) {
      await services.dataSource.transaction(async () => work()).catch(() => undefined);
    }
    await expect(users.count()).resolves.toBe(before);
    await expect(users.countBy({ name: 'Everybody' })).resolves.toBe(0);
  });
});

/** Each of what takes an id, with none: what it gives, or the code of its refusal. */
const calls: readonly [string, (none: string) => Promise<unknown>, unknown][] = [
  ['an account', (none) => services.get(AccountService).findUser(none, none), null],
  ['another account', (none) => services.get(AccountService).findUser('google', none), null],
  ['an address', (none) => services.get(UserService).findByEmail(none), null],
  [
    'a new address',
    (none) => services.get(UserService).changeEmail(none, 'a@b.test'),
    'USER_NOT_FOUND',
  ],
  ['a verified user', (none) => services.get(UserService).verifyEmail(none as never), null],
  ['a new user', (none) => services.get(UserService).findOrCreate(none), 'INVALID_EMAIL'],
  [
    'a sign-in',
    (none) => services.get(PasswordService).authenticate(none, none),
    'INVALID_CREDENTIALS',
  ],
  [
    'a password',
    (none) => services.get(PasswordService).setPassword(none, none),
    'INVALID_PASSWORD',
  ],
  [
    'whose password',
    (none) => services.get(PasswordService).setPassword(none, 'long enough'),
    'USER_NOT_FOUND',
  ],
  [
    'a token',
    (none) => services.get(VerificationTokenService).issue('x', none as never),
    'USER_NOT_FOUND',
  ],
  [
    'a token used',
    (none) => services.get(VerificationTokenService).consume('x', none as never, none),
    'USER_NOT_FOUND',
  ],
  ['a session', (none) => services.get(SessionService).resolve(none), null],
  ['a session rotated', (none) => services.get(SessionService).rotate(none), 'SESSION_INVALID'],
  ['a session revoked', (none) => services.get(SessionService).revoke(none), false],
  ["nobody's sessions", (none) => services.get(SessionService).revokeAll(none), 0],
  ['a role', (none) => services.get(RoleService).setRole(none, none, true), 'USER_NOT_FOUND'],
  ['rights', (none) => services.get(PermissionRepository).effectivePermissions(none), new Set()],
  ['a profile', (none) => services.get(ProfileService).findOrCreateSinger(none), 'USER_NOT_FOUND'],
  ['a key', (none) => services.get(ApiKeyService).authenticate(none), 'API_KEY_REJECTED'],
  ['a key revoked', (none) => services.get(ApiKeyService).revoke(none, none), 'API_KEY_NOT_FOUND'],
  [
    "an app's key",
    (none) => services.get(BrandedAppApiKeyService).authenticate(none),
    'BRANDED_APP_KEY_REJECTED',
  ],
  ['an invitation', (none) => services.get(OrganizationService).accept(none), 'INVITATION_INVALID'],
  ['members', (none) => services.get(OrganizationUserRepository).findMembers(none), []],
  ['organizations', (none) => services.get(OrganizationUserRepository).findOrganizations(none), []],
  [
    "a customer's rights",
    (none) => services.get(OrganizationService).effectivePermissions(none, none),
    new Set(),
  ],
  ['a venue', (none) => services.get(VenueRepository).findByUrlName(none), null],
  ['venues of a customer', (none) => services.get(VenueRepository).findOfCustomer(none), []],
  ['a venue opened', (none) => services.get(VenueService).open(none), 'VENUE_NOT_FOUND'],
  ['a serial', (none) => services.get(StateRepository).currentSerial(none), 1],
  ['a system', (none) => services.get(SystemRepository).findByOpenkjId(none, none as never), null],
  ['a catalogue', (none) => services.get(SongRepository).findBySystem(none, none as never), []],
  ['a queue', (none) => services.get(RequestRepository).findOpen(none), []],
  ['a queue cleared', (none) => services.get(RequestService).clear(none), 'VENUE_NOT_FOUND'],
  ['a request', (none) => services.get(RequestService).process(none, none), 'REQUEST_NOT_FOUND'],
  ['songs', (none) => services.get(FavoritesService).songs(none), []],
  [
    'what was sung',
    async (none) => (await services.get(SingerRequestHistoryRepository).page(none)).entries,
    [],
  ],
  ['a customer of Stripe', (none) => services.get(CustomerRepository).findByStripeId(none), null],
  ['whose customer', (none) => services.get(CustomerRepository).findProfileId(none), undefined],
  ['a subscription', (none) => services.get(SubscriptionService).findCurrent(none), null],
  ['an event', (none) => services.get(StripeWebhookInbox).retry(none), 'WEBHOOK_EVENT_NOT_FOUND'],
  ['a trail', (none) => services.get(AuditLogRepository).findByRecord(none, none), []],
  [
    'a state',
    (none) => services.get(AuditService).asOf(Venue, none, new Date()),
    'INVALID_RECORD_KEY',
  ],
  [
    'an image',
    (none) => services.get(AuditService).imageAt(Venue, none, none),
    'INVALID_HISTORY_QUERY',
  ],
  [
    'a table',
    (none) => services.get(AuditService).imageAt(none, none, new Date()),
    'TABLE_NOT_AUDITED',
  ],
  [
    'a difference',
    (none) => services.get(AuditService).diff(Venue, none, none),
    'INVALID_HISTORY_QUERY',
  ],
  [
    'a restored record',
    (none) => services.get(AuditService).restore(Venue, none, new Date()),
    'INVALID_RECORD_KEY',
  ],
  ['an entry undone', (none) => services.get(AuditService).undo(none), 'INVALID_HISTORY_QUERY'],
  [
    'a transaction undone',
    (none) => services.get(AuditService).undoTransaction(none),
    'INVALID_HISTORY_QUERY',
  ],
  [
    'a request undone',
    (none) => services.get(AuditService).undoRequest(none),
    'INVALID_HISTORY_QUERY',
  ],
  ['a person erased', (none) => services.get(AuditRetention).eraseUser(none), 'MALFORMED_ACTOR'],
];

describe.each(calls)('%s with a missing id', (_name, call, outcome) => {
  it.each(missing)('is refused with a code, or nothing: %p', async (none) => {
    const result = await call(none).catch((error: { code?: string }) => error.code ?? error);
    expect(result).toEqual(outcome);
  });
});
