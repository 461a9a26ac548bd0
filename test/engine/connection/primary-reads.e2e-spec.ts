import { randomUUID } from 'node:crypto';
import {
  AccountService,
  ApiKeyService,
  BrandedApp,
  BrandedAppApiKeyService,
  CustomerService,
  OrganizationService,
  PasswordService,
  Permission,
  PermissionRepository,
  RequestRepository,
  RequestService,
  Role,
  RolePermission,
  SessionService,
  StateRepository,
  StripeWebhookInbox,
  SubscriptionService,
  UserRole,
  UserService,
  VenueRepository,
} from '@singr/database';
import { create } from '@singr/database/testing';
import { customer, event, newYear, product, subscription } from '../../domains/billing/stripe.js';
import { describeOnServer, useDatabase } from '../../support/database.js';
import { createCustomerProfile, createUser, createVenue } from '../../support/fixtures.js';
import { createTestApp, type TestApp } from '../../support/test-app.js';

describeOnServer('reads on the primary, with replicas', () => {
  const primary = useDatabase();
  // It lags behind for ever: nothing that is written here is found there.
  const replica = useDatabase();
  let app: TestApp;

  beforeAll(async () => {
    app = await createTestApp(primary, { databaseOptions: { replicas: [replica.url] } });
  });

  const manager = () => app.dataSource.manager;

  it('a user signs in with what was just registered', async () => {
    const email = `ann.${randomUUID()}@example.com`;
    const password = 'correct horse battery';
    const ann = await app.get(UserService).register({ email, password });
    await expect(app.get(UserService).findOrCreate(email.toUpperCase())).resolves.toMatchObject({
      id: ann.id,
    });
    await expect(app.get(PasswordService).authenticate(email, password)).resolves.toMatchObject({
      id: ann.id,
    });
    const account = { provider: 'google', providerAccountId: randomUUID(), type: 'oauth' };
    await app.get(AccountService).link(ann.id, account);
    await expect(
      app.get(AccountService).findUser('google', account.providerAccountId),
    ).resolves.toMatchObject({ id: ann.id });
  });

  it('a session opens at once, and nothing once it was revoked', async () => {
    const sessions = app.get(SessionService);
    const user = await createUser(manager());
    const { token } = await sessions.create(user.id);
    await expect(sessions.resolve(token)).resolves.toMatchObject({ user: { id: user.id } });
    const rotated = await sessions.rotate(token);
    await sessions.revoke(rotated.session.id);
    await expect(sessions.resolve(rotated.token)).resolves.toBeNull();
  });

  it('a role counts from the moment it was given', async () => {
    const user = await createUser(manager());
    const role = await manager().save(manager().create(Role, { slug: 'host' }));
    const permission = await manager().save(manager().create(Permission, { slug: 'venues:open' }));
    await manager().insert(RolePermission, { roleId: role.id, permissionId: permission.id });
    await manager().insert(UserRole, { roleId: role.id, userId: user.id });
    const permissions = app.get(PermissionRepository).effectivePermissions(user.id);
    await expect(permissions).resolves.toEqual(new Set(['venues:open']));
  });

  it('a key of a customer opens at once, and says what it is', async () => {
    const keys = app.get(ApiKeyService);
    const { id: customerProfileId } = await createCustomerProfile(manager());
    const billed = await app
      .get(CustomerService)
      .upsert(customer(), new Date(), { customerProfileId });
    const { key, apiKey } = await keys.issue({ customerProfileId, customerId: billed.row.id });
    await expect(keys.authenticate(key)).resolves.toMatchObject({ id: apiKey.id });
    await keys.revoke(customerProfileId, apiKey.id);
    await expect(keys.revoke(customerProfileId, apiKey.id)).rejects.toMatchObject({
      code: 'API_KEY_TRANSITION',
      from: 'revoked',
    });
  });

  it('a key of an app opens at once, and says what it is', async () => {
    const keys = app.get(BrandedAppApiKeyService);
    const { id: brandedAppId } = await create(manager(), BrandedApp);
    const { key, apiKey } = await keys.issue({ brandedAppId });
    await expect(keys.authenticate(key)).resolves.toMatchObject({ id: apiKey.id });
    await keys.revoke(brandedAppId, apiKey.id);
    await expect(keys.revoke(brandedAppId, apiKey.id)).rejects.toMatchObject({
      code: 'BRANDED_APP_KEY_TRANSITION',
      from: 'revoked',
    });
  });

  it('an invitation is accepted at once, and a refusal says why', async () => {
    const organizations = app.get(OrganizationService);
    const profile = await createCustomerProfile(manager());
    const user = await createUser(manager());
    const to = { customerProfileId: profile.id };
    const { token } = await organizations.invite({ ...to, userId: user.id });
    await expect(organizations.accept(token)).resolves.toMatchObject({ status: 'active' });
    await expect(organizations.reactivate(profile.id, user.id)).rejects.toMatchObject({
      code: 'MEMBERSHIP_TRANSITION',
      from: 'active',
    });
    await expect(organizations.invite({ ...to, userId: user.id })).rejects.toMatchObject({
      code: 'MEMBERSHIP_TRANSITION',
      from: 'active',
    });
    await expect(organizations.invite({ ...to, userId: profile.userId })).rejects.toMatchObject({
      code: 'OWNER_IS_NO_MEMBER',
    });
  });

  it('a mirror knows whose customer it is, and the newer state', async () => {
    const profile = await createCustomerProfile(manager(), {
      stripeCustomerId: `cus_${randomUUID()}`,
    });
    const object = customer({ id: profile.stripeCustomerId! });
    const at = (seconds: number) => ({ created: newYear + seconds, type: 'x.updated' });
    await app.get(CustomerService).upsert(object, at(1));
    const late = await app.get(CustomerService).upsert({ ...object, name: 'late' }, at(0));
    expect(late).toMatchObject({ applied: false, row: { name: 'Ann' } });
    await expect(
      app.get(SubscriptionService).upsert(subscription({ customer: object.id }), at(0)),
    ).resolves.toMatchObject({ row: { customerProfileId: profile.id } });
  });

  it('a processed event is found', async () => {
    const inbox = app.get(StripeWebhookInbox);
    const sent = event('product.created', product());
    await inbox.record(sent);
    await inbox.process(() => Promise.resolve());
    await expect(inbox.retry(sent.id)).rejects.toMatchObject({ code: 'WEBHOOK_EVENT_PROCESSED' });
  });

  // Who sees the serial of a queue must see that queue, and never look for it again.
  it('OpenKJ finds the queue and the venues that the serial tells of', async () => {
    const venue = await createVenue(manager());
    const { serial } = await app
      .get(RequestService)
      .submit({ venueId: venue.id, artist: 'Queen', title: 'Bohemian Rhapsody' });
    const state = app.get(StateRepository);
    await expect(state.currentSerial(venue.customerProfileId)).resolves.toBe(serial);
    await expect(app.get(RequestRepository).findOpen(venue.id)).resolves.toHaveLength(1);
    await expect(
      app.get(VenueRepository).findOfCustomer(venue.customerProfileId),
    ).resolves.toMatchObject([{ id: venue.id }]);
  });
});
