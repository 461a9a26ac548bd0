import {
  ActorContext,
  Customer,
  CustomerProfile,
  SingerProfile,
  User,
  VerificationTokenService,
} from '@singr/database';
import { AuditRetention } from '../../../src/engine/audit/retention/audit-retention.js';
import { bob } from '../../support/people.js';
import { failure } from '../../support/scripted-app.js';
import { useDatabase } from '../../support/database.js';
import { useTrail, type Planted } from './trail-app.js';

describe('the keeping of the trail erases a person', () => {
  const database = useDatabase();
  const trail = useTrail(database);
  let planted: Planted;

  beforeEach(async () => {
    planted = await trail.plant();
  });

  const retention = () => trail.app.get(AuditRetention);
  const venue = () => planted.value('venues', 'venues_id');
  const user = () => planted.value('users', 'users_id');
  /** All readable values of the entries. */
  const readable = async () =>
    (
      await trail.client.query<{ row: string }>(
        `SELECT concat_ws(' ', record_id, old_data, new_data) AS row FROM audit_logs ORDER BY sequence`,
      )
    ).rows.map(({ row }) => row);
  /** The values that the erasure must not change. */
  const shape = async () =>
    (
      await trail.client.query(
        `SELECT sequence, audit_logs_id, table_name, operation, user_id, actor_name, created_at,
                transaction_id, changed_columns, request_id, undoes,
                ARRAY(SELECT jsonb_object_keys(old_data) ORDER BY 1) AS before,
                ARRAY(SELECT jsonb_object_keys(new_data) ORDER BY 1) AS after
         FROM audit_logs WHERE operation <> 'ERASE' ORDER BY sequence`,
      )
    ).rows;

  const personal = {
    users: ['email', 'name', 'display_name', 'phone_number', 'image_url'],
    accounts: ['provider_account_id'],
    singer_profiles: ['nickname', 'avatar_url', 'preferences'],
    customer_profiles: [
      'legal_business_name',
      'dba_name',
      'contact_email',
      'contact_phone',
      'billing_address',
      'metadata',
    ],
    customers: ['email', 'name', 'phone', 'description', 'metadata', 'shipping', 'tax_ids'],
    stripe_checkout_sessions: ['url', 'metadata'],
    subscriptions: ['metadata'],
    requests: ['notes'],
    singer_favorite_songs: ['metadata'],
  };

  /** An event as Stripe sends it, about whatever it may be. */
  const receiveEvent = (id: string, object: object) =>
    trail.run(
      `INSERT INTO stripe_webhook_events (event_id, event_type, payload) VALUES ($1, 'any', $2)`,
      [id, JSON.stringify({ id, data: { object } })],
    );

  /** Writes something personal into every place where there may be something, twice. */
  async function makePersonal(mark: string): Promise<void> {
    for (const version of ['first', 'second']) {
      for (const [table, columns] of Object.entries(personal)) {
        const { rows } = await trail.client.query<{ name: string }>(
          `SELECT attname AS name FROM pg_attribute
           WHERE attrelid = $1::regclass AND attname = ANY ($2) AND atttypid = 'jsonb'::regtype`,
          [table, columns],
        );
        const json = rows.map(({ name }) => name);
        const sets = columns.map((column) => {
          const value = `${mark}-${version}-${column}`;
          return `${column} = '${json.includes(column) ? JSON.stringify({ in: [value] }) : value}'`;
        });
        const key = { users: 'users_id', requests: 'requests_id' }[table] ?? `${table}_id`;
        await trail.write(
          (client) =>
            client.query(`UPDATE ${table} SET ${sets.join(', ')} WHERE ${key}::text = $1`, [
              planted.value(table, key),
            ]),
          { 'app.current_user_id': user() },
        );
      }
      const [{ email }] = (
        await trail.client.query('SELECT email FROM users WHERE users_id = $1', [user()])
      ).rows as [{ email: string }];
      const recipient = { id: user(), email: `${mark}-${version}@example.com` };
      await trail.app.get(VerificationTokenService).issue('reset-password', recipient);
      const customer = planted.value('customers', 'stripe_customer_id');
      const name = `${mark}-${version}-name`;
      const event = (kind: string) => `evt_${mark}_${version}_${kind}`;
      await receiveEvent(event('customer'), { id: customer, name });
      await receiveEvent(event('invoice'), { customer, customer_name: name });
      await receiveEvent(event('expanded'), { customer: { id: customer, name } });
      await receiveEvent(event('guest'), { customer: null, customer_details: { email, name } });
    }
  }

  it('in all images of the person’s records, and keeps entries, order and actors', async () => {
    const bystander = await trail.plant();
    await makePersonal('Private');
    await trail.audit.record({
      action: 'mail.sent',
      subject: User,
      id: user(),
      details: { email: 'Private-in-details', template: 'welcome' },
    });
    await trail.run('DELETE FROM users WHERE users_id = $1', [user()]);
    const before = await shape();
    const others = (await readable()).filter((row) =>
      row.includes(bystander.value('users', 'email')),
    );
    expect((await readable()).filter((row) => /private/i.test(row)).length).toBeGreaterThan(20);

    const { entries: erased } = await ActorContext.run({ userId: bob }, () =>
      retention().eraseUser(user()),
    );
    expect(Object.keys(erased).sort()).toEqual(
      [...Object.keys(personal), 'stripe_webhook_events', 'verification_tokens'].sort(),
    );
    const left = (await readable()).map((row) => row.replace(/"evt_Private_\w+"/g, ''));
    expect(left.filter((row) => /private/i.test(row))).toEqual([]);
    expect(left.join()).not.toContain(planted.value('users', 'email'));
    expect(left.filter((row) => row.includes(`reset-password:${user()}`))).toEqual([]);
    expect(await shape()).toEqual(before);
    expect(
      (await readable()).filter((row) => row.includes(bystander.value('users', 'email'))),
    ).toEqual(others);

    // The change and its actor are still recorded.
    const { entries } = await trail.audit.history({ entity: User, id: user(), order: 'oldest' });
    expect(entries.map(({ operation }) => operation)).toEqual([
      'INSERT',
      'UPDATE',
      'UPDATE',
      'mail.sent',
      'DELETE',
    ]);
    expect(entries[1]).toMatchObject({
      actor: { userId: user() },
      after: { email: '[erased]', users_id: user() },
    });
    expect(entries[3]!.after).toEqual({ email: '[erased]', template: 'welcome' });
    // As is that it was erased, but not whose it was.
    const [record] = (await trail.audit.history({ table: 'users', operations: ['ERASE'] })).entries;
    expect(record).toMatchObject({ actor: { userId: bob }, recordId: null });
    expect(JSON.stringify(record)).not.toContain(user());
  });

  it('in reasons and contexts, and the addresses of what the person did elsewhere', async () => {
    const said = (who: Record<string, string>) => ({
      ...who,
      'app.reason': 'Ann called',
      'app.context': '{"ticket": "private", "ip": "203.0.113.7", "userAgent": "Ann’s"}',
    });
    let count = 0;
    const rename = (table: string, settings: Record<string, string>) => {
      const [key, name] = [planted.value(table, `${table}_id`), `Name ${++count}`];
      return trail.write(
        (client) =>
          client.query(`UPDATE ${table} SET name = $2 WHERE ${table}_id = $1`, [key, name]),
        settings,
      );
    };
    const ofOwn = await rename('users', said({ 'app.current_user_id': bob }));
    const byPerson = await rename('venues', said({ 'app.current_user_id': user() }));
    const forPerson = await rename(
      'venues',
      said({ 'app.actor_name': 'key', 'app.on_behalf_of': user() }),
    );
    const others = await rename('venues', said({ 'app.current_user_id': bob }));
    const { entries } = await retention().eraseUser(user());
    expect(entries).toMatchObject({ venues: 2 });
    const left = async (transactionId: string) => {
      const [entry] = (await trail.audit.history({ transactionId })).entries;
      return [entry!.reason, entry!.context];
    };
    const all = { ticket: '[erased]', ip: '[erased]', userAgent: '[erased]' };
    expect(await left(ofOwn)).toEqual(['[erased]', all]);
    expect(await left(forPerson)).toEqual(['[erased]', all]);
    expect(await left(byPerson)).toEqual(['Ann called', { ...all, ticket: 'private' }]);
    expect(await left(others)).toEqual([
      'Ann called',
      { ticket: 'private', ip: '203.0.113.7', userAgent: 'Ann’s' },
    ]);
    expect((await retention().eraseUser(user())).entries).toEqual({});
  });

  it('and not another person with a similar name', async () => {
    const email = 'mike@github.example.com';
    await trail.run('UPDATE users SET email = $2 WHERE users_id = $1', [user(), email]);
    const customer = planted.value('customers', 'stripe_customer_id');
    await receiveEvent('evt_alike_customer', { customer: customer.toUpperCase() });
    for (const [id, alike] of [
      ['evt_alike_turkish', email.replace('git', 'g\u0130t')],
      ['evt_alike_full_width', email.replace('mike', '\uFF4Dike')],
    ] as const) {
      await receiveEvent(id, { customer_details: { email: alike } });
    }
    await receiveEvent('evt_alike_capitals', {
      customer_details: { email: email.toUpperCase() },
    });
    await retention().eraseUser(user());
    const kept = (await trail.audit.history({ table: 'stripe_webhook_events', limit: 500 })).entries
      .map(({ after }) => after!)
      .filter(
        ({ event_id: id, payload }) =>
          String(id).startsWith('evt_alike_') && payload !== '[erased]',
      );
    expect(kept.map(({ event_id: id }) => id).sort()).toEqual([
      'evt_alike_customer',
      'evt_alike_full_width',
      'evt_alike_turkish',
    ]);
  });

  it('who requested songs as a singer, without being logged in', async () => {
    const anonymous = await trail.run(
      `INSERT INTO requests (venues_id, singer_profiles_id, artist, title, notes)
       VALUES ($1, $2, 'Artist', 'Title', 'Ann’s birthday')`,
      [venue(), planted.value('singer_profiles', 'singer_profiles_id')],
    );
    await retention().eraseUser(user());
    const { entries } = await trail.audit.history({ transactionId: anonymous });
    expect(entries[0]!.after!.notes).toBe('[erased]');
  });

  it('whose own entries were pruned, by the entries of other tables', async () => {
    await makePersonal('Pruned');
    const before = await trail.now();
    for (const table of ['users', 'singer_profiles', 'customer_profiles', 'customers']) {
      await retention().prune({ table, before });
    }
    await retention().eraseUser(user());
    const left = (await readable()).map((row) => row.replace(/"evt_Pruned_\w+"/g, ''));
    expect(left.filter((row) => row.includes('Pruned-second'))).toEqual([]);
  });

  it('who is still there: the rows stay as they are', async () => {
    await makePersonal('Present');
    await retention().eraseUser(user().toUpperCase());
    const found = await trail.dataSource.getRepository(User).findOneByOrFail({ id: user() });
    expect(found.name).toBe('Present-second-name');
    const now = await trail.audit.asOf(User, user(), await trail.now());
    expect(now).toMatchObject({ id: user(), name: '[erased]' });
    for (const [entity, table] of [
      [SingerProfile, 'singer_profiles'],
      [CustomerProfile, 'customer_profiles'],
      [Customer, 'customers'],
    ] as const) {
      const then = await trail.audit.asOf(
        entity,
        planted.value(table, `${table}_id`),
        await trail.now(),
      );
      expect(JSON.stringify(then)).not.toContain('Present');
    }
  });

  it('twice changes nothing more', async () => {
    await makePersonal('Twice');
    await retention().eraseUser(user());
    expect((await retention().eraseUser(user())).entries).toEqual({});
  });

  it('so that an undo reports erased values, and puts back the others', async () => {
    const change = await trail.run(`UPDATE users SET name = 'x' WHERE users_id = $1`, [user()]);
    const other = await trail.run(`UPDATE users SET is_email_verified = true WHERE users_id = $1`, [
      user(),
    ]);
    const removal = await trail.run('DELETE FROM singer_profiles WHERE singer_profiles_id = $1', [
      planted.value('singer_profiles', 'singer_profiles_id'),
    ]);
    await retention().eraseUser(user());
    await trail.audit.undoTransaction(other);
    const { rows } = await trail.client.query(
      'SELECT name, is_email_verified FROM users WHERE users_id = $1',
      [user()],
    );
    expect(rows).toEqual([{ name: 'x', is_email_verified: false }]);
    for (const force of [false, true]) {
      await trail.expectRefusal(
        () => trail.audit.undoTransaction(change, { force }),
        'UNDO_IMPOSSIBLE',
        /had personal data in name, which was erased from the trail/,
      );
      await trail.expectRefusal(
        () => trail.audit.undoTransaction(removal, { force }),
        'UNDO_IMPOSSIBLE',
        /had personal data in .*preferences/,
      );
    }
  });

  it('without a statement timeout', async () => {
    await trail.client.query(
      `CREATE FUNCTION slow_down() RETURNS trigger LANGUAGE plpgsql AS
         'BEGIN PERFORM pg_sleep(0.6); RETURN NEW; END';
       CREATE TRIGGER slow BEFORE UPDATE ON audit_logs
         FOR EACH ROW WHEN (OLD.table_name = 'users') EXECUTE FUNCTION slow_down()`,
    );
    const hurried = await trail.restarted({ timeouts: { statement: 500 } });
    expect(await hurried.get(AuditRetention).eraseUser(user())).toMatchObject({
      entries: { users: 1 },
    });
    await hurried.dataSource.transaction(async (manager) => {
      await hurried.get(AuditRetention).eraseUser(user());
      const [{ limit }] = await manager.query(
        `SELECT current_setting('statement_timeout') AS limit`,
      );
      expect(limit).toBe('500ms');
    });
    await trail.client.query('DROP FUNCTION slow_down CASCADE');
  });

  it.each(['', 'x', "' OR true --"])('but not one called "%s"', async (id) => {
    expect(await failure(retention().eraseUser(id))).toMatchObject({ code: 'MALFORMED_ACTOR' });
  });

  it('without an entry when there is nothing to erase', async () => {
    const before = await trail.dump();
    const nobody = '00000000-0000-4000-8000-999999999999';
    expect((await retention().eraseUser(nobody)).entries).toEqual({});
    expect(await trail.dump()).toEqual(before);
  });

  it('names the application’s tables that were not searched', async () => {
    await trail.client.query(`
      CREATE SCHEMA crm;
      CREATE TABLE crm.leads (id integer PRIMARY KEY, email text);
      SELECT audit.attach('crm.leads');
      INSERT INTO crm.leads VALUES (1, 'ann@example.com');
      SELECT audit.record('mail.sent', 'mail', NULL, '{"to": "ann@example.com"}')`);
    const { notLookedAt } = await retention().eraseUser(user());
    expect(notLookedAt).toEqual(expect.arrayContaining(['crm.leads', 'mail']));
    expect(notLookedAt).not.toContain('users');
  });
});
