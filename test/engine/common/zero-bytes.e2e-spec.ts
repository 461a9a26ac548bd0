import {
  AccountService,
  ApiKeyService,
  AuditLogRepository,
  AuditRetention,
  AuditService,
  BrandedAppApiKeyService,
  BrandingService,
  CustomerRepository,
  DatabaseError,
  FavoritesService,
  OrganizationService,
  PasswordService,
  PermissionRepository,
  ProfileService,
  RequestService,
  RoleService,
  SessionService,
  SingerRequestHistoryRepository,
  SongRepository,
  StripeWebhookInbox,
  UserService,
  Venue,
  VenueRepository,
  VenueService,
  VerificationTokenService,
} from '@singr/database';
import { useServices } from '../../support/identity-services.js';
import { useDatabase } from '../../support/database.js';
import { createCustomerProfile, createUser } from '../../support/fixtures.js';

const services = useServices(useDatabase());
const nul = 'a\0b';

/** PostgreSQL has no text with a zero byte: it would fail the statement, and the transaction around. */
const calls: readonly [string, () => Promise<unknown>][] = [
  ['an account', () => services.get(AccountService).findUser(nul, nul)],
  ['an address', () => services.get(UserService).findByEmail(`${nul}@example.com`)],
  ['a new user', () => services.get(UserService).register({ email: 'a@b.test', name: nul })],
  ['a sign-in', () => services.get(PasswordService).authenticate(nul, nul)],
  [
    'a token',
    () => services.get(VerificationTokenService).consume('x', { id: nul, email: nul }, nul),
  ],
  ['a session', () => services.get(SessionService).resolve(nul)],
  ['a role', async () => services.get(RoleService).setRole(await userId(), nul, true)],
  ['rights', () => services.get(PermissionRepository).effectivePermissions(nul)],
  [
    'a singer',
    async () => services.get(ProfileService).findOrCreateSinger(await userId(), { nickname: nul }),
  ],
  [
    'a customer',
    async () => services.get(ProfileService).findOrCreateCustomer(await userId(), { dbaName: nul }),
  ],
  ['a key', () => services.get(ApiKeyService).authenticate(nul)],
  [
    'a new key',
    async () =>
      services
        .get(ApiKeyService)
        .issue({ customerProfileId: await customerId(), description: nul }),
  ],
  ["an app's key", () => services.get(BrandedAppApiKeyService).authenticate(nul)],
  ['an invitation', () => services.get(OrganizationService).accept(nul)],
  [
    'a permission',
    async () =>
      services
        .get(OrganizationService)
        .setPermission(await customerId(), await userId(), nul, true),
  ],
  [
    'branding',
    () =>
      services
        .get(BrandingService)
        .resolve({ domain: nul, bundleId: nul, packageName: nul, customerProfileId: nul }),
  ],
  ['a URL name', () => services.get(VenueRepository).findByUrlName(nul)],
  ['a venue', () => services.get(VenueService).open(nul)],
  [
    'a new venue',
    async () =>
      services.get(VenueService).create({
        customerProfileId: await customerId(),
        name: 'a',
        address: nul,
        city: 'a',
        state: 'TN',
        postalCode: '1',
      }),
  ],
  ['songs', () => services.get(SongRepository).search({ query: nul })],
  ['a queue', () => services.get(RequestService).process(nul, nul)],
  ['favourites', () => services.get(FavoritesService).songs(nul)],
  ['what was sung', () => services.get(SingerRequestHistoryRepository).page(nul, { cursor: nul })],
  ['a customer of Stripe', () => services.get(CustomerRepository).findProfileId(nul)],
  ['an event', () => services.get(StripeWebhookInbox).retry(nul)],
  ['a trail', () => services.get(AuditLogRepository).findByRecord(nul, nul)],
  ['the history of a table', () => services.get(AuditService).history({ table: nul })],
  ['the history of a record', () => services.get(AuditService).history({ entity: Venue, id: nul })],
  [
    'the history of what is not audited',
    async () => {
      const audit = services.get(AuditService);
      await audit.record({ action: 'mail.sent', subject: 'letters', id: '1' });
      return audit.history({ table: 'letters', id: nul });
    },
  ],
  ['the history of an actor', () => services.get(AuditService).history({ actor: { name: nul } })],
  ['the history of a request', () => services.get(AuditService).history({ requestId: nul })],
  ['the history of operations', () => services.get(AuditService).history({ operations: [nul] })],
  ['the history of a time', () => services.get(AuditService).history({ from: nul })],
  ['a state', () => services.get(AuditService).imageAt(nul, nul, nul)],
  ['a request undone', () => services.get(AuditService).undoRequest(nul)],
  ['a transaction undone', () => services.get(AuditService).undoTransaction('1', { at: nul })],
  ['a record restored', () => services.get(AuditService).restore(nul, nul, nul)],
  ['a pruned table', () => services.get(AuditRetention).prune({ before: new Date(), table: nul })],
];

const userId = async () => (await createUser(services.dataSource.manager)).id;
const customerId = async () => (await createCustomerProfile(services.dataSource.manager)).id;

it.each(calls)('a zero byte in %s never gets as far as PostgreSQL', async (_name, call) => {
  await services.dataSource.transaction(async (manager) => {
    const error = await call().then(
      () => undefined,
      (failure: unknown) => failure,
    );
    if (error !== undefined) expect(error).toBeInstanceOf(DatabaseError);
    await manager.query('SELECT 1');
  });
});
