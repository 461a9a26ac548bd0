import { randomUUID } from 'node:crypto';
import {
  CheckoutSessionService,
  Customer,
  CustomerProfile,
  CustomerService,
  PriceService,
  ProductService,
  StripeMirrorService,
  StripePrice,
  StripeProduct,
  Subscription,
  SubscriptionService,
} from '@singr/database';
import { describeOnServer, useDatabase } from '../../support/database.js';
import { createCustomerProfile } from '../../support/fixtures.js';
import { atOnce, outcomes, useServices } from '../../support/identity-services.js';
import {
  checkoutSession,
  customer,
  event,
  newYear,
  price,
  product,
  subscription,
} from './stripe.js';

const database = useDatabase();
const services = useServices(database);
const customers = () => services.get(CustomerService);
const manager = () => services.dataSource.manager;
const mirrors = () => services.get(StripeMirrorService);

let profile: CustomerProfile;

beforeEach(async () => {
  profile = await createCustomerProfile(manager(), { stripeCustomerId: `cus_${randomUUID()}` });
});

const at = (seconds: number, type = 'x.updated') => ({ created: newYear + seconds, type });

describe('a customer', () => {
  it('is written by its id in Stripe, and found again', async () => {
    const object = customer({ tax_ids: { data: [{ type: 'eu_vat', value: 'DE1' }] } });
    const { row, applied } = await customers().upsert(object, at(0), {
      customerProfileId: profile.id,
    });
    expect(applied).toBe(true);
    expect(row).toMatchObject({
      stripeCustomerId: object.id,
      customerProfileId: profile.id,
      email: 'ann@example.com',
      metadata: { plan: 'pro' },
      shipping: {},
      taxIds: [{ type: 'eu_vat', value: 'DE1' }],
    });
    const again = await customers().upsert({ ...object, tax_ids: undefined, name: 'Bea' }, at(1), {
      customerProfileId: profile.id.toUpperCase(),
    });
    expect(again.row).toMatchObject({ id: row.id, name: 'Bea', taxIds: row.taxIds });
  });

  it('is not changed by an older state', async () => {
    const object = customer({ id: profile.stripeCustomerId! });
    await customers().upsert({ ...object, name: 'new' }, at(10));
    const stale = await customers().upsert({ ...object, name: 'old' }, at(9));
    expect(stale).toMatchObject({ applied: false, row: { name: 'new' } });
    const same = await customers().upsert({ ...object, name: 'newer' }, at(10));
    expect(same).toMatchObject({ applied: true, row: { name: 'newer' } });
  });

  it('has the order of creation, update and deletion within one second', async () => {
    const object = customer({ id: profile.stripeCustomerId! });
    await customers().upsert({ ...object, name: 'changed' }, at(0, 'customer.updated'));
    const made = await customers().upsert({ ...object, name: 'made' }, at(0, 'customer.created'));
    expect(made).toMatchObject({ applied: false, row: { name: 'changed' } });
    // An object fetched within that second may be older than the change.
    const fetched = await customers().upsert(
      { ...object, name: 'fetched' },
      new Date(newYear * 1000 + 900),
    );
    expect(fetched.applied).toBe(false);
    const deleted = await customers().markDeleted(object.id, at(0, 'customer.deleted'));
    expect(deleted).toMatchObject({ applied: true, row: { name: 'changed' } });
    const late = await customers().upsert({ ...object, name: 'late' }, at(0, 'customer.updated'));
    expect(late.applied).toBe(false);
    expect(late.row.stripeDeletedAt).toBeInstanceOf(Date);
  });

  it('that was deleted is not restored by a late event', async () => {
    const object = customer({ id: profile.stripeCustomerId! });
    await mirrors().apply(event('customer.deleted', object, newYear + 5));
    await mirrors().apply(event('customer.created', object, newYear));
    await expect(
      manager().findOneByOrFail(Customer, { stripeCustomerId: object.id }),
    ).resolves.toMatchObject({
      customerProfileId: profile.id,
      stripeDeletedAt: new Date((newYear + 5) * 1000 + 2),
    });
    // Its profile may become known later; until then the inbox keeps the event.
    await expect(mirrors().apply(event('customer.deleted', customer()))).rejects.toMatchObject({
      code: 'STRIPE_CUSTOMER_UNKNOWN',
    });
  });

  it('is refused without a profile, for another profile, or for an unknown one', async () => {
    await expect(customers().upsert(customer(), at(0))).rejects.toMatchObject({
      code: 'STRIPE_CUSTOMER_UNKNOWN',
    });
    const other = await createCustomerProfile(manager());
    await expect(
      customers().upsert(customer({ id: profile.stripeCustomerId! }), at(0), {
        customerProfileId: other.id,
      }),
    ).rejects.toMatchObject({ code: 'STRIPE_CUSTOMER_TAKEN' });
    for (const customerProfileId of [randomUUID(), 'none']) {
      await expect(
        customers().upsert(customer(), at(0), { customerProfileId }),
      ).rejects.toMatchObject({ code: 'CUSTOMER_PROFILE_NOT_FOUND' });
    }
  });
});

describe('a product and its prices', () => {
  it('may arrive in any order', async () => {
    const { row } = await services.get(PriceService).upsert(price({ product: 'prod_late' }), at(0));
    expect(row).toMatchObject({ unitAmount: '1900', currency: 'usd', productId: 'prod_late' });
    await expect(
      manager().findOneByOrFail(StripeProduct, { id: 'prod_late' }),
    ).resolves.toMatchObject({ active: false, name: null });
    const late = await services.get(ProductService).upsert(product({ id: 'prod_late' }), at(-100));
    expect(late).toMatchObject({
      applied: true,
      row: { active: true, images: ['https://example.com/a.png'] },
    });
  });

  it('cannot be bought after deletion, even if older events arrive later', async () => {
    const id = `prod_${randomUUID()}`;
    await mirrors().apply(event('product.deleted', product({ id }), newYear + 5));
    await mirrors().apply(event('product.created', product({ id }), newYear));
    await expect(manager().findOneByOrFail(StripeProduct, { id })).resolves.toMatchObject({
      active: false,
    });
    const deleted = price();
    await mirrors().apply(event('price.deleted', deleted));
    await expect(manager().findOneByOrFail(StripePrice, { id: deleted.id })).resolves.toMatchObject(
      { active: false },
    );
  });

  it('are listed if they can be bought', async () => {
    const { id } = product();
    await services.get(ProductService).upsert(product({ id }), at(0));
    for (const unit_amount of [2000, 1000]) {
      await services.get(PriceService).upsert(price({ product: id, unit_amount }), at(0));
    }
    await services.get(PriceService).upsert(price({ product: id, active: false }), at(0));
    const found = await services.get(PriceService).findActive({ livemode: false });
    const own = found.filter(({ productId }) => productId === id);
    expect(own.map(({ unitAmount }) => unitAmount)).toEqual(['1000', '2000']);
    expect(own[0]!.product.name).toBe('Karaoke Pro');
  });

  it('refuse an amount that is not valid', async () => {
    for (const unit_amount of [0.5, Number.MAX_SAFE_INTEGER + 1, NaN]) {
      await expect(
        services.get(PriceService).upsert(price({ unit_amount }), at(0)),
      ).rejects.toMatchObject({ code: 'STRIPE_OBJECT_INCOMPLETE', field: 'unit_amount' });
    }
    const { row } = await services.get(PriceService).upsert(price({ unit_amount: null }), at(0));
    expect(row.unitAmount).toBeNull();
  });
});

describe('a subscription', () => {
  const subscriptions = () => services.get(SubscriptionService);

  it("has its period from each version of Stripe's API", async () => {
    const object = subscription({ customer: { id: profile.stripeCustomerId! } });
    const { row } = await subscriptions().upsert(object, at(0));
    expect(row.currentPeriodEnd).toEqual(new Date((newYear + 86_400) * 1000));
    const older = await subscriptions().upsert(
      {
        ...object,
        items: undefined,
        current_period_start: newYear,
        current_period_end: newYear + 5,
        canceled_at: newYear + 1,
      },
      at(1),
    );
    expect(older.row).toMatchObject({
      customerProfileId: profile.id,
      currentPeriodEnd: new Date((newYear + 5) * 1000),
      canceledAt: new Date((newYear + 1) * 1000),
    });
    await expect(
      subscriptions().upsert({ ...object, items: { data: [] } }, at(2)),
    ).rejects.toMatchObject({ code: 'STRIPE_OBJECT_INCOMPLETE', field: 'current period' });
    await expect(subscriptions().upsert(subscription(), at(0))).rejects.toMatchObject({
      code: 'STRIPE_CUSTOMER_UNKNOWN',
    });
  });

  it('is found if it is current, and not if it ended', async () => {
    const now = Math.floor(Date.now() / 1000);
    const period = { current_period_start: now, current_period_end: now + 86_400 };
    const object = subscription({
      customer: profile.stripeCustomerId!,
      items: { data: [period] },
    });
    await subscriptions().upsert(object, at(0));
    const inTestMode = { livemode: false };
    await expect(subscriptions().findCurrent(profile.id, inTestMode)).resolves.toMatchObject({
      id: object.id,
    });
    // A test mode subscription gives a customer nothing.
    await expect(subscriptions().findCurrent(profile.id)).resolves.toBeNull();
    await mirrors().apply(
      event('customer.subscription.deleted', { ...object, status: 'canceled' }, newYear + 1),
    );
    await mirrors().apply(event('customer.subscription.updated', object, newYear));
    await expect(subscriptions().findCurrent(profile.id, inTestMode)).resolves.toBeNull();
    await expect(subscriptions().findCurrent('none')).resolves.toBeNull();
  });
});

describe('a checkout session', () => {
  const sessions = () => services.get(CheckoutSessionService);

  it('is completed at the time of the first complete state', async () => {
    await customers().upsert(customer({ id: profile.stripeCustomerId! }), at(0));
    const object = checkoutSession({ customer: profile.stripeCustomerId });
    const open = await sessions().upsert(object, at(0));
    expect(open.row).toMatchObject({ amountTotal: '1900', completedAt: null });
    const complete = { ...object, status: 'complete', url: null };
    const first = await sessions().upsert(complete, at(5));
    const second = await sessions().upsert({ ...complete, payment_status: 'paid' }, at(9));
    expect(first.row.completedAt).toEqual(new Date((newYear + 5) * 1000 + 1));
    expect(second.row).toMatchObject({
      paymentStatus: 'paid',
      url: null,
      completedAt: first.row.completedAt,
    });
    const setup = await sessions().upsert(
      checkoutSession({
        customer: profile.stripeCustomerId,
        mode: 'setup',
        currency: null,
        amount_total: null,
      }),
      at(0),
    );
    expect(setup.row).toMatchObject({ currency: '', amountTotal: null });
  });

  it('is completed at the time of the first complete state, even if that arrives last', async () => {
    await customers().upsert(customer({ id: profile.stripeCustomerId! }), at(0));
    const complete = checkoutSession({ customer: profile.stripeCustomerId, status: 'complete' });
    const paid = await sessions().upsert({ ...complete, payment_status: 'paid' }, at(9));
    const late = await sessions().upsert({ ...complete, payment_status: 'unpaid' }, at(5));
    const completedAt = new Date((newYear + 5) * 1000 + 1);
    expect(late).toMatchObject({ applied: false, row: { paymentStatus: 'paid', completedAt } });
    await expect(sessions().upsert(complete, at(7))).resolves.toMatchObject({
      applied: false,
      row: { stripeUpdatedAt: paid.row.stripeUpdatedAt, completedAt },
    });
  });

  it('needs its customer', async () => {
    await expect(sessions().upsert(checkoutSession(), at(0))).rejects.toMatchObject({
      code: 'STRIPE_CUSTOMER_UNKNOWN',
    });
    await expect(
      sessions().upsert(checkoutSession({ customer: null }), at(0)),
    ).rejects.toMatchObject({ code: 'STRIPE_OBJECT_INCOMPLETE' });
  });
});

it('ignores events about other objects', async () => {
  for (const type of ['invoice.paid', 'customer.discount.created', 'customer.tax_id.updated']) {
    await expect(mirrors().apply(event(type, { id: 'x' }))).resolves.toBe(false);
  }
});

describeOnServer('races', () => {
  it('the newest of many states is kept, in any order of arrival', async () => {
    const object = subscription({ customer: profile.stripeCustomerId! });
    const order = Array.from({ length: 20 }, (_, index) => (index * 7) % 20);
    await Promise.all(
      order.map((seconds) =>
        mirrors().apply(
          event(
            'customer.subscription.updated',
            { ...object, metadata: { seconds } },
            newYear + seconds,
          ),
        ),
      ),
    );
    const row = await manager().findOneByOrFail(Subscription, { id: object.id });
    expect(row.metadata).toEqual({ seconds: 19 });
  });

  it('several first states of a customer create one row', async () => {
    const object = customer({ id: profile.stripeCustomerId! });
    const made = await Promise.all(atOnce(10, () => customers().upsert(object, at(0))));
    expect(new Set(made.map(({ row }) => row.id)).size).toBe(1);
  });

  it('one of two profiles gets a customer, and the row has nothing of the other', async () => {
    const profiles = [profile, await createCustomerProfile(manager())];
    const { id } = customer();
    const { values, codes } = await outcomes(
      profiles.map((one, index) =>
        customers().upsert(customer({ id, name: one.id }), at(index), {
          customerProfileId: one.id,
        }),
      ),
    );
    expect(codes).toEqual(['STRIPE_CUSTOMER_TAKEN']);
    const row = await manager().findOneByOrFail(Customer, { stripeCustomerId: id });
    expect(row).toMatchObject({ customerProfileId: values[0]!.row.customerProfileId });
    expect(row.name).toBe(row.customerProfileId);
  });

  it('a profile that finds the customer taken only at the write does not change it', async () => {
    const object = customer();
    const claiming = await database.connect();
    await claiming.query('BEGIN');
    await claiming.query(
      `INSERT INTO customers (customers_id, stripe_customer_id, customer_profiles_id, name)
       VALUES (gen_random_uuid(), $1, $2, 'theirs')`,
      [object.id, (await createCustomerProfile(manager())).id],
    );
    const late = customers().upsert(object, at(0), { customerProfileId: profile.id });
    late.catch(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, 100));
    await claiming.query('COMMIT');
    await expect(late).rejects.toMatchObject({ code: 'STRIPE_CUSTOMER_TAKEN' });
    await expect(
      manager().findOneByOrFail(Customer, { stripeCustomerId: object.id }),
    ).resolves.toMatchObject({ name: 'theirs', stripeUpdatedAt: null });
  });

  it('several prices of one product that has not arrived do not conflict', async () => {
    const { id } = product();
    const prices = await Promise.all(
      atOnce(10, () => services.get(PriceService).upsert(price({ product: id }), at(0))),
    );
    expect(prices.every(({ applied }) => applied)).toBe(true);
  });
});
