import { randomUUID } from 'node:crypto';
import {
  EntitlementService,
  StripePrice,
  StripeProduct,
  Subscription,
  SubscriptionService,
} from '@singr/database';
import { create } from '@singr/database/testing';
import { useDatabase } from '../../support/database.js';
import { createCustomerProfile } from '../../support/fixtures.js';
import { useServices } from '../../support/identity-services.js';
import { newYear, price, subscription } from './stripe.js';

const services = useServices(useDatabase());
const manager = () => services.dataSource.manager;
const subscriptions = () => services.get(SubscriptionService);

const hour = 60 * 60 * 1000;
const inHours = (hours: number) => new Date(Date.now() + hours * hour);

let customerProfileId: string;

beforeEach(async () => {
  customerProfileId = (await createCustomerProfile(manager())).id;
});

const subscribe = (fields: Partial<Subscription> = {}) =>
  create(manager(), Subscription, { customerProfileId, livemode: true, ...fields });

describe('a subscription is in force', () => {
  const ids = async () =>
    (await subscriptions().findInForce(customerProfileId)).map(({ id }) => id);

  it.each([
    ['active', true],
    ['trialing', true],
    ['past_due', true],
    ['canceled', false],
    ['unpaid', false],
    ['incomplete', false],
    ['incomplete_expired', false],
    ['paused', false],
  ])('by its status: %s is %s', async (status, expected) => {
    const { id } = await subscribe({ status });
    expect(await ids()).toEqual(expected ? [id] : []);
  });

  it.each<[string, Partial<Subscription>, boolean]>([
    ['within its period', { currentPeriodEnd: inHours(1) }, true],
    ['while the event about the next period may be late', { currentPeriodEnd: inHours(-71) }, true],
    ['not for ever', { currentPeriodEnd: inHours(-73) }, false],
    [
      'until the end of its last period',
      { currentPeriodEnd: inHours(1), cancelAtPeriodEnd: true },
      true,
    ],
    [
      'not after the end of its last period',
      { currentPeriodEnd: inHours(-1), cancelAtPeriodEnd: true },
      false,
    ],
    ['until its scheduled cancellation', { cancelAt: inHours(1) }, true],
    ['not after its scheduled cancellation', { cancelAt: inHours(-1) }, false],
    ['when the customer cancelled for a later time', { canceledAt: inHours(-1) }, true],
  ])('%s', async (_, fields, expected) => {
    const { id } = await subscribe(fields);
    expect(await ids()).toEqual(expected ? [id] : []);
  });

  it('for its customer, in the given mode of Stripe', async () => {
    await subscribe({ customerProfileId: (await createCustomerProfile(manager())).id });
    const test = await subscribe({ livemode: false });
    expect(await ids()).toEqual([]);
    const inTestMode = await subscriptions().findInForce(customerProfileId, { livemode: false });
    expect(inTestMode.map(({ id }) => id)).toEqual([test.id]);
    await expect(subscriptions().findInForce('x')).resolves.toEqual([]);
  });

  it('and is current if it lasts longest', async () => {
    await subscribe({ currentPeriodEnd: inHours(1) });
    const longest = await subscribe({ currentPeriodEnd: inHours(3) });
    await subscribe({ currentPeriodEnd: inHours(2) });
    expect((await ids())[0]).toBe(longest.id);
    await expect(subscriptions().findCurrent(customerProfileId)).resolves.toEqual(longest);
  });
});

describe('the systems that a customer may have', () => {
  const count = (options?: { livemode?: boolean }) =>
    services.get(EntitlementService).countSystems(customerProfileId, options);

  /** Creates a price and its product with these values of the key; undefined for none. */
  async function priced(ofPrice?: unknown, ofProduct?: unknown): Promise<string> {
    const metadata = (systems: unknown) => (systems === undefined ? {} : { systems });
    const { id: productId } = await create(manager(), StripeProduct, {
      metadata: metadata(ofProduct),
    });
    const { id } = await create(manager(), StripePrice, {
      productId,
      metadata: metadata(ofPrice),
    });
    return id;
  }

  const subscribeTo = (...prices: [id: string, quantity?: number][]) =>
    subscribe({ items: prices.map(([id, quantity = 1]) => ({ price: id, quantity })) });

  it.each([
    ['the price', '3', undefined, 3],
    ['the product, when the price has none', undefined, '2', 2],
    ['the price, when the product has another number', '3', '2', 3],
    ['the price, when it is 0', '0', '2', 0],
    ['the product, when the price’s value was removed', '', '2', 2],
    ['neither, and are 0', undefined, undefined, 0],
    ['a number in place of a text', 4, undefined, 4],
  ])('are given by %s', async (_, ofPrice, ofProduct, expected) => {
    await subscribeTo([await priced(ofPrice, ofProduct)]);
    await expect(count()).resolves.toBe(expected);
  });

  it('are the sum over all items and subscriptions, times the quantity', async () => {
    await subscribeTo([await priced('2')], [await priced('1'), 3]);
    await subscribeTo([await priced(undefined, '10')]);
    await expect(count()).resolves.toBe(15);
  });

  it('do not include subscriptions that are not in force, in test mode, or of another customer', async () => {
    const id = await priced('2');
    const items = [{ price: id, quantity: 1 }];
    await subscribe({ items, status: 'canceled' });
    await subscribe({ items, livemode: false });
    await subscribe({ items, customerProfileId: (await createCustomerProfile(manager())).id });
    await subscribe({ items: null });
    await subscribeTo(['price_not_mirrored']);
    await expect(count()).resolves.toBe(0);
    await expect(count({ livemode: false })).resolves.toBe(2);
    for (const unknown of [randomUUID(), 'x']) {
      await expect(services.get(EntitlementService).countSystems(unknown)).resolves.toBe(0);
    }
  });

  it('are limited to the number that OpenKJ can read', async () => {
    await subscribeTo([await priced('2147483647'), 2]);
    await expect(count()).resolves.toBe(2 ** 31 - 1);
  });

  it.each(['two', '1.5', '-1', '2147483648', '1e3'])('cannot be %j', async (systems) => {
    const id = await priced(systems);
    await subscribeTo([id]);
    await expect(count()).rejects.toMatchObject({
      code: 'INVALID_ENTITLEMENT',
      stripeId: id,
      value: systems,
    });
  });

  it('change with Stripe’s events', async () => {
    const profile = await createCustomerProfile(manager(), {
      stripeCustomerId: `cus_${randomUUID()}`,
    });
    const now = Math.floor(Date.now() / 1000);
    const period = { current_period_start: now, current_period_end: now + 3600 };
    const object = subscription({ customer: profile.stripeCustomerId!, livemode: true });
    const systemsAfter = async (created: number, items: typeof object.items) => {
      const version = { created: newYear + created, type: 'customer.subscription.updated' };
      await subscriptions().upsert({ ...object, ...period, items }, version);
      return services.get(EntitlementService).countSystems(profile.id);
    };
    const id = await priced('2');
    expect(
      await systemsAfter(0, { data: [{ ...period, price: { ...price(), id }, quantity: 2 }] }),
    ).toBe(4);
    expect(await systemsAfter(1, { data: [{ ...period, price: id }] })).toBe(2);
    // An object without its items does not change them.
    expect(await systemsAfter(2, undefined)).toBe(2);
    expect(await systemsAfter(3, { data: [] })).toBe(0);
  });
});
