import {
  ActorContext,
  Customer,
  CustomerProfile,
  SingerProfile,
  User,
  Venue,
  VerificationTokenService,
} from '@singr/database';
import { AuditRetention } from '../../../src/engine/audit/retention/audit-retention.js';
import type { AuditEntry } from '../../../src/engine/audit/history/audit-entry.js';
import { ann, bob } from '../../support/people.js';
import { failure } from '../../support/scripted-app.js';
import { describeOnServer, useDatabase } from '../../support/database.js';
import { useTrail, type Planted } from './trail-app.js';

describe('the keeping of the trail', () => {
  const database = useDatabase();
  const trail = useTrail(database);
  let planted: Planted;

  beforeEach(async () => {
    planted = await trail.plant();
  });

  const retention = () => trail.app.get(AuditRetention);
  const venue = () => planted.value('venues', 'venues_id');
  const user = () => planted.value('users', 'users_id');
  const entriesOf = async (table: string, operations?: string[]): Promise<readonly AuditEntry[]> =>
    (
      await trail.audit.history({
        table,
        limit: 500,
        order: 'oldest',
        ...(operations && { operations }),
      })
    ).entries;
  const count = async (table: string) =>
    (await entriesOf(table, ['INSERT', 'UPDATE', 'DELETE'])).length;
  const rename = (name: string) =>
    trail.run('UPDATE venues SET name = $1 WHERE venues_id = $2', [name, venue()]);
  /** Entries as an old trail has them. */
  const insertOld = (table: string, at: string, number: number) =>
    trail.client.query(
      `INSERT INTO audit_logs (table_name, record_id, operation, new_data, created_at, transaction_id, database_role)
       SELECT $1, n::text, 'INSERT', '{}', $2::timestamptz, 1, 'old' FROM generate_series(1, $3) AS n`,
      [table, at, number],
    );

  const makeMonth = (month: string) => {
    const [year, number] = month.split('_').map(Number) as [number, number];
    return trail.client.query(
      `CREATE TABLE audit.audit_logs_${month} PARTITION OF audit_logs
         FOR VALUES FROM ('${year}-0${number}-01 00:00+00') TO ('${year}-0${number + 1}-01 00:00+00')`,
    );
  };

  describe('prunes', () => {
    it('a table up to a time, and leaves a record of it', async () => {
      await rename('first');
      const before = await trail.now();
      await rename('second');
      const users = await count('users');
      const expected = await count('venues');

      const result = await ActorContext.run({ name: 'retention' }, () =>
        retention().prune({ table: Venue, before }),
      );
      expect(result).toEqual({
        dryRun: false,
        droppedPartitions: [],
        entries: { venues: expected - 1 },
      });
      expect((await entriesOf('venues', ['UPDATE'])).map(({ after }) => after!.name)).toEqual([
        'second',
      ]);
      expect(await count('users')).toBe(users);
      const records = await entriesOf('venues', ['PRUNE']);
      expect(records.at(-1)).toMatchObject({
        actor: { name: 'retention' },
        recordId: null,
        after: { entries: expected - 1 },
      });
      expect(new Date(records.at(-1)!.after!.before as string)).toEqual(new Date(before));
    });

    it('what changed since not at all: the newest state stays known', async () => {
      await rename('kept');
      const { before } = { before: await trail.now() };
      await retention().prune({ table: 'venues', before });
      expect(await trail.audit.asOf(Venue, venue(), before)).toMatchObject({ name: 'kept' });
    });

    it('everything, months that are over as a whole', async () => {
      for (const month of ['2020_01', '2020_02', '2020_03']) await makeMonth(month);
      await insertOld('venues', '2020-01-31T23:59:59.999999Z', 3);
      await insertOld('users', '2020-02-15T00:00:00Z', 2);
      await insertOld('gone_table', '2020-02-15T00:00:00Z', 4);
      await insertOld('venues', '2020-03-01T00:00:00Z', 5);
      // A month that nobody made a partition for.
      await insertOld('venues', '2019-12-31T00:00:00Z', 6);
      const venues = await count('venues');

      const options = { before: '2020-03-15' };
      const trial = await retention().prune({ ...options, dryRun: true });
      expect(trial).toEqual({
        dryRun: true,
        droppedPartitions: ['audit_logs_2020_01', 'audit_logs_2020_02'],
        entries: { venues: 14, users: 2, gone_table: 4 },
      });
      expect(await count('venues')).toBe(venues);

      expect(await retention().prune(options)).toEqual({ ...trial, dryRun: false });
      expect(await count('venues')).toBe(venues - 14);
      const { rows } = await trail.client.query(
        `SELECT inhrelid::regclass::text AS name FROM pg_inherits
         WHERE inhparent = 'audit_logs'::regclass AND inhrelid::regclass::text LIKE '%2020%'`,
      );
      expect(rows).toEqual([{ name: 'audit.audit_logs_2020_03' }]);
      // Each month is written down, table by table, before it goes.
      const records = await trail.audit.history({ operations: ['PRUNE'], limit: 500 });
      expect(
        records.entries.map(({ table, after }) => [table, after!.entries, after!.partition]),
      ).toEqual(
        expect.arrayContaining([
          ['venues', 3, 'audit_logs_2020_01'],
          ['users', 2, 'audit_logs_2020_02'],
          ['gone_table', 4, 'audit_logs_2020_02'],
        ]),
      );
      expect(await failure(trail.audit.asOfMany(User, '2020-02-20'))).toMatchObject({
        code: 'HISTORY_PRUNED',
        message: expect.stringMatching(/before 2020-03-01T00:00:00\.000Z/),
      });
      expect(await retention().prune(options)).toMatchObject({
        droppedPartitions: [],
        entries: {},
      });
    });

    it('months that are over, but not the records of who pruned and erased in them', async () => {
      await makeMonth('2017_01');
      await insertOld('venues', '2017-01-10', 2);
      await trail.client.query(
        `INSERT INTO audit_logs (table_name, operation, new_data, created_at, transaction_id, actor_name, database_role)
         VALUES ('users', 'PRUNE', '{"before": "2016-12-01", "entries": 7}', '2017-01-20', 1, 'rosa', 'old'),
                ('users', 'ERASE', '{"columns": ["email"], "entries": 3}', '2017-01-21', 1, 'rosa', 'old')`,
      );
      expect(await retention().prune({ before: '2017-02-01' })).toEqual({
        dryRun: false,
        droppedPartitions: ['audit_logs_2017_01'],
        entries: { venues: 2 },
      });
      const { entries } = await trail.audit.history({ actor: { name: 'rosa' }, order: 'oldest' });
      expect(entries.map(({ operation, at }) => [operation, at])).toEqual([
        ['PRUNE', '2017-01-20T00:00:00.000000Z'],
        ['ERASE', '2017-01-21T00:00:00.000000Z'],
      ]);
      // Nor does another pruning take them.
      await retention().prune({ before: '2017-03-01' });
      expect(
        (await trail.audit.history({ actor: { name: 'rosa' } })).entries.map(
          ({ sequence }) => sequence,
        ),
      ).toEqual(entries.map(({ sequence }) => sequence).reverse());
    });

    it.each([0, -1, 0.5, Number.NaN, 1_000_001])('not in batches of %d', async (batchSize) => {
      await trail.expectRefusal(
        () => retention().prune({ before: '2019-02-01', batchSize }),
        'INVALID_COUNT',
      );
    });

    it('in batches, and tells how far it is', async () => {
      await insertOld('batched', '2019-01-01', 25);
      const progress: unknown[] = [];
      await retention().prune({
        before: '2019-02-01',
        batchSize: 10,
        onProgress: (step) => progress.push(step),
      });
      expect(progress).toEqual([
        { table: 'batched', deleted: 10, total: 25 },
        { table: 'batched', deleted: 20, total: 25 },
        { table: 'batched', deleted: 25, total: 25 },
      ]);
      expect((await entriesOf('batched', ['PRUNE'])).map(({ after }) => after!.entries)).toEqual([
        10, 10, 5,
      ]);
    });

    it('the oldest first, so that it can be stopped at any time', async () => {
      await insertOld('stopped', '2019-01-01', 5);
      const stop = new Error('stopped');
      const pruning = retention().prune({
        before: '2019-02-01',
        batchSize: 2,
        onProgress: () => {
          throw stop;
        },
      });
      expect(await failure(pruning)).toBe(stop);
      const left = await entriesOf('stopped');
      expect(left.map(({ operation, recordId }) => recordId ?? operation)).toEqual([
        '3',
        '4',
        '5',
        'PRUNE',
      ]);
      await retention().prune({ before: '2019-02-01' });
    });

    it('nothing on trial', async () => {
      const before = await trail.now();
      const dump = await trail.dump();
      const { entries } = await retention().prune({ table: 'venues', before, dryRun: true });
      expect(entries.venues).toBeGreaterThan(0);
      expect(await trail.dump()).toEqual(dump);
    });

    it('never its own records', async () => {
      await retention().prune({ table: 'venues', before: await trail.now() });
      const records = (await entriesOf('venues', ['PRUNE'])).length;
      await rename('again');
      await retention().prune({ before: await trail.now() });
      expect((await entriesOf('venues', ['PRUNE'])).length).toBe(records + 1);
    });

    it.each(['soon', '2026-02-30'])('not before "%s"', async (before) => {
      expect(await failure(retention().prune({ before }))).toMatchObject({
        code: 'INVALID_HISTORY_QUERY',
      });
    });

    it('no table that is not audited', async () => {
      expect(
        await failure(retention().prune({ before: new Date(), table: 'nowhere' })),
      ).toMatchObject({
        code: 'TABLE_NOT_AUDITED',
      });
    });

    it('and nobody else deletes anything, also right after it', async () => {
      await trail.dataSource.transaction(async (manager) => {
        await retention().prune({ table: 'venues', before: new Date(), batchSize: 1 });
        const error = await failure(
          manager.transaction((nested) => nested.query('DELETE FROM audit_logs')),
        );
        expect(error.message).toMatch(/append-only/);
      });
    });
  });

  describeOnServer('prunes beside others,', () => {
    it('a month a transaction, so that it can be stopped between two', async () => {
      await makeMonth('2021_03');
      await makeMonth('2021_04');
      await insertOld('venues', '2021-03-10', 1);
      await insertOld('venues', '2021-04-10', 1);
      // Whoever reads the second month in a transaction keeps it from being dropped.
      const reader = await database.connect();
      await reader.query('BEGIN; SELECT FROM audit.audit_logs_2021_04');
      const impatient = await trail.restarted({ timeouts: { lock: 100 } });
      expect(
        await failure(impatient.get(AuditRetention).prune({ before: '2021-06-01' })),
      ).toMatchObject({ code: '55P03' });
      await reader.query('COMMIT');
      expect(await retention().prune({ before: '2021-06-01' })).toMatchObject({
        droppedPartitions: ['audit_logs_2021_04'],
        entries: { venues: 1 },
      });
    });
  });

  describe('erases a person', () => {
    /** Whatever can be read of the trail's entries. */
    const readable = async () =>
      (
        await trail.client.query<{ row: string }>(
          `SELECT concat_ws(' ', record_id, old_data, new_data) AS row FROM audit_logs ORDER BY sequence`,
        )
      ).rows.map(({ row }) => row);
    /** What the erasure must leave as it is. */
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

    it('out of every image of their own records, and leaves the trail its shape', async () => {
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

      // What happened, and who did it, is still told.
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
      const [record] = (await trail.audit.history({ table: 'users', operations: ['ERASE'] }))
        .entries;
      expect(record).toMatchObject({ actor: { userId: bob }, recordId: null });
      expect(JSON.stringify(record)).not.toContain(user());
    });

    it('and nothing of somebody who goes by a name that looks like theirs', async () => {
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
      const kept = (
        await trail.audit.history({ table: 'stripe_webhook_events', limit: 500 })
      ).entries
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

    it('who asked for songs as a singer, without being logged in', async () => {
      const anonymous = await trail.run(
        `INSERT INTO requests (venues_id, singer_profiles_id, artist, title, notes)
         VALUES ($1, $2, 'Artist', 'Title', 'Ann’s birthday')`,
        [venue(), planted.value('singer_profiles', 'singer_profiles_id')],
      );
      await retention().eraseUser(user());
      const { entries } = await trail.audit.history({ transactionId: anonymous });
      expect(entries[0]!.after!.notes).toBe('[erased]');
    });

    it('whose own entries were pruned, by what others say of them', async () => {
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

    it('so that an undo says what it lacks, and puts back what it has', async () => {
      const change = await trail.run(`UPDATE users SET name = 'x' WHERE users_id = $1`, [user()]);
      const other = await trail.run(
        `UPDATE users SET is_email_verified = true WHERE users_id = $1`,
        [user()],
      );
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

    it('however long it takes: statements have no limit, as they have elsewhere', async () => {
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

    it('of whom there is nothing without a trace', async () => {
      const before = await trail.dump();
      const nobody = '00000000-0000-4000-8000-999999999999';
      expect((await retention().eraseUser(nobody)).entries).toEqual({});
      expect(await trail.dump()).toEqual(before);
    });

    it('says which tables of the application’s own nobody looked through', async () => {
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

  it.each([-1, 0.5, Number.NaN, 121])('makes no partitions of %d months', async (months) => {
    await trail.expectRefusal(() => retention().createPartitions(months), 'INVALID_COUNT');
  });

  it('makes the coming months’ partitions, each once', async () => {
    const made = await retention().createPartitions(5);
    expect(made).toHaveLength(2);
    expect(made[0]).toMatch(/^audit_logs_\d{4}_\d{2}$/);
    expect(await retention().createPartitions(5)).toEqual([]);
    await rename('after it');
    expect((await entriesOf('venues', ['UPDATE'])).at(-1)!.after!.name).toBe('after it');
  });

  describe('an entry of the application’s own', () => {
    const record = (action = 'stripe.refund_created') =>
      trail.audit.record({ action, subject: Venue, id: venue(), details: { cents: 500 } });

    it('is in the transaction around, with its actor', async () => {
      const { sequence } = await ActorContext.run({ userId: ann }, () =>
        trail.dataSource.transaction(async (manager) => {
          await manager.update(Venue, { id: venue() }, { name: 'refunded' });
          return record();
        }),
      );
      const { entries } = await trail.audit.history({ entity: Venue, id: venue(), limit: 2 });
      expect(entries[0]).toMatchObject({
        sequence,
        operation: 'stripe.refund_created',
        actor: { userId: ann },
        before: null,
        after: { cents: 500 },
        changes: [{ column: 'cents', from: null, to: 500 }],
      });
      expect(entries[1]).toMatchObject({
        operation: 'UPDATE',
        actor: { userId: ann },
        transactionId: entries[0]!.transactionId,
      });
    });

    it('goes with it, when it is rolled back', async () => {
      const before = await trail.dump();
      await failure(
        trail.dataSource.transaction(async () => {
          await record();
          throw new Error('rolled back');
        }),
      );
      expect(await trail.dump()).toEqual(before);
    });

    it('has an actor outside any transaction too', async () => {
      await ActorContext.run({ name: 'nightly' }, () => record('job.done'));
      const { entries } = await trail.audit.history({ operations: ['job.done'] });
      expect(entries[0]!.actor).toEqual({ name: 'nightly' });
    });

    it('may be about anything, and is found by that', async () => {
      await trail.audit.record({ action: 'mail.sent', subject: 'newsletter', id: '2026-11' });
      await trail.audit.record({ action: 'mail.sent', subject: 'newsletter', id: { a: 1 } });
      await trail.audit.record({ action: 'mail.sent', subject: 'newsletter' });
      const { entries } = await trail.audit.history({ table: 'newsletter', order: 'oldest' });
      expect(entries.map(({ recordId, after }) => [recordId, after])).toEqual([
        ['2026-11', null],
        ['{"a":1}', null],
        [null, null],
      ]);
      expect(
        (await trail.audit.history({ table: 'newsletter', id: '2026-11' })).entries,
      ).toHaveLength(1);
    });

    it('leaves states and undoing alone', async () => {
      const { sequence } = await record();
      expect(await trail.audit.asOf(Venue, venue(), await trail.now())).toMatchObject({
        id: venue(),
        city: 'Nashville',
      });
      await trail.expectRefusal(() => trail.audit.undo(sequence), 'AUDIT_ENTRY_NOT_FOUND');
    });

    it.each([
      { subject: 'news\0letter' },
      { id: 'a\0b' },
      { id: { part: 'a\0b' } },
      { details: { note: 'a\0b' } },
    ])('refuses what cannot be stored, as in %j, and spoils nothing', async (fields) => {
      await trail.dataSource.transaction(async (manager) => {
        const entry = { action: 'mail.sent', subject: 'newsletter', ...fields };
        expect(await failure(trail.audit.record(entry))).toMatchObject({
          code: 'INVALID_TEXT',
          field: Object.keys(fields)[0],
        });
        await manager.query('SELECT 1');
      });
    });

    it.each([
      'INSERT',
      'DELETE',
      'PRUNE',
      'insert',
      'refund',
      'Stripe.refund',
      'stripe.',
      '.refund',
      'stripe..refund',
      'stripe.refund\nINSERT',
      "stripe.refund', 'x",
      '',
    ])('cannot pass for a trigger’s: "%s" is refused, and spoils nothing', async (action) => {
      const before = await trail.dump();
      await trail.dataSource.transaction(async (manager) => {
        expect(await failure(record(action))).toMatchObject({ code: 'INVALID_AUDIT_ACTION' });
        await manager.query('SELECT 1');
      });
      // Nor past the service.
      const past = trail.client.query('SELECT audit.record($1, $2, NULL, NULL)', [
        action,
        'venues',
      ]);
      expect((await failure(past)).message).toMatch(/an action is named like/);
      expect(await trail.dump()).toEqual(before);
    });

    it('is refused for a key that is not the table’s', async () => {
      expect(
        await failure(trail.audit.record({ action: 'a.b', subject: Venue, id: 'x' })),
      ).toMatchObject({ code: 'INVALID_RECORD_KEY' });
    });
  });
});
