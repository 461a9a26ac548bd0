import {
  Account,
  AuditService,
  Request,
  SingerFavoriteVenue,
  State,
  User,
  Venue,
  VerificationToken,
} from '@singr/database';
import { createHash } from 'node:crypto';
import type { AuditEntry } from '../../../src/engine/audit/history/audit-entry.js';
import type { HistoryQuery } from '../../../src/engine/audit/history/history-query.js';
import { ann, bob } from '../../support/people.js';
import { failure } from '../../support/scripted-app.js';
import { useDatabase } from '../../support/database.js';
import { useTrail, type Planted } from './trail-app.js';

describe('the history', () => {
  const database = useDatabase();
  const trail = useTrail(database);
  let planted: Planted;

  beforeEach(async () => {
    planted = await trail.plant();
  });

  const venue = () => planted.value('venues', 'venues_id');
  const find = async (query: HistoryQuery): Promise<readonly AuditEntry[]> =>
    (await trail.audit.history(query)).entries;
  const rename = (name: string, settings = {}) =>
    trail.write(
      (client) => client.query('UPDATE venues SET name = $1 WHERE venues_id = $2', [name, venue()]),
      settings,
    );
  const names = (entries: readonly AuditEntry[]) => entries.map(({ after }) => after?.name);

  describe('of a record', () => {
    it('has its entries, the newest first, each with what changed', async () => {
      await rename('second', {
        'app.current_user_id': ann,
        'app.request_id': 'request-1',
        'app.route': 'PATCH /venues/:id',
      });
      const id = await trail.run('DELETE FROM venues WHERE venues_id = $1', [venue()]);
      const entries = await find({ entity: Venue, id: venue() });
      expect(entries.map(({ operation }) => operation)).toEqual(['DELETE', 'UPDATE', 'INSERT']);
      const [deleted, updated, inserted] = entries;
      const [role] = await database.query<{ name: string }>('SELECT session_user AS name');
      expect(updated).toEqual({
        sequence: expect.stringMatching(/^\d+$/),
        id: expect.stringMatching(/^[0-9a-f-]{36}$/),
        table: 'venues',
        recordId: venue(),
        operation: 'UPDATE',
        at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/),
        actor: { userId: ann },
        reason: null,
        context: null,
        requestId: 'request-1',
        route: 'PATCH /venues/:id',
        databaseRole: role!.name,
        transactionId: expect.stringMatching(/^\d+$/),
        undoes: null,
        tenant: planted.value('venues', 'customer_profiles_id'),
        formerTenant: null,
        before: inserted!.after,
        after: { ...inserted!.after, name: 'second', updated_at: expect.anything() },
        changes: [
          { column: 'name', from: inserted!.after!.name, to: 'second', redacted: false },
          {
            column: 'updated_at',
            from: inserted!.after!.updated_at,
            to: updated!.after!.updated_at,
            redacted: false,
          },
        ],
      });
      expect(inserted).toMatchObject({ before: null, actor: null, requestId: null, route: null });
      // Of an INSERT and a DELETE, each column with a value.
      expect(inserted!.changes.map(({ column }) => column)).not.toContain('website');
      expect(deleted).toMatchObject({ after: null, before: updated!.after, transactionId: id });
      expect(deleted!.changes).toHaveLength(inserted!.changes.length);
    });

    it('is found by its table’s name too, and by an id in capitals', async () => {
      const entries = await find({ entity: Venue, id: venue() });
      expect(entries).toHaveLength(1);
      expect(await find({ table: 'venues', id: venue().toUpperCase() })).toEqual(entries);
    });

    it('with a numeric key is found by any way to write the number', async () => {
      const id = planted.value('requests', 'requests_id');
      expect(await find({ entity: Request, id: `000${id}` })).toHaveLength(1);
    });

    it('with a composite key is found by properties, by columns and by its own text', async () => {
      const [singer, where] = [planted.value('singer_profiles', 'singer_profiles_id'), venue()];
      const entries = await find({
        entity: SingerFavoriteVenue,
        id: { singerProfileId: singer, venueId: where },
      });
      expect(entries).toHaveLength(1);
      for (const id of [
        { singer_profiles_id: singer, venues_id: where },
        { venues_id: where.toUpperCase(), singerProfileId: singer, more: 'is ignored' },
        entries[0]!.recordId!,
      ]) {
        expect(await find({ entity: SingerFavoriteVenue, id })).toEqual(entries);
      }
    });

    it('with a secret in its key is found by the secret and by its digest', async () => {
      const [identifier, token] = [`"ann"\\\n\u2028é@x`, 'a-token'];
      await trail.run(`INSERT INTO verification_tokens VALUES ($1, $2, now())`, [
        identifier,
        token,
      ]);
      const digest = `sha256:${createHash('sha256').update(token).digest('hex')}`;
      for (const key of [token, digest]) {
        const entries = await find({ entity: VerificationToken, id: { identifier, token: key } });
        expect(entries).toHaveLength(1);
        expect(JSON.stringify(entries)).not.toContain(token);
        expect(JSON.parse(entries[0]!.recordId!)).toEqual({ identifier, token: digest });
      }
      expect(
        await find({ entity: VerificationToken, id: { identifier, token: 'sha256:other' } }),
      ).toEqual([]);
    });
  });

  describe('types its values', () => {
    it('64-bit integers as decimal strings, to the last digit', async () => {
      await trail.run(
        'UPDATE state SET serial = 9223372036854775807 WHERE customer_profiles_id = $1',
        [planted.value('state', 'customer_profiles_id')],
      );
      const [entry] = await find({
        entity: State,
        id: planted.value('state', 'customer_profiles_id'),
        limit: 1,
      });
      expect(entry!.changes).toEqual([
        {
          column: 'serial',
          from: '9007199254740993',
          to: '9223372036854775807',
          redacted: false,
        },
      ]);
      // Small ones as well: a column is of one type.
      const [request] = await find({
        entity: Request,
        id: planted.value('requests', 'requests_id'),
      });
      expect(request!.after).toMatchObject({
        requests_id: planted.value('requests', 'requests_id'),
        key_change: 0,
      });
    });

    it('numbers inside JSON that no JavaScript number holds as strings', async () => {
      await trail.run(
        `UPDATE customers SET metadata = '{"big": 12345678901234567890, "small": 1.5}' WHERE customers_id = $1`,
        [planted.value('customers', 'customers_id')],
      );
      const [entry] = await find({ table: 'customers', limit: 1 });
      expect(entry!.after!.metadata).toEqual({ big: '12345678901234567890', small: 1.5 });
    });

    it('a geography as EWKB, which restores exactly', async () => {
      const [entry] = await find({ entity: Venue, id: venue() });
      const { rows } = await trail.client.query(
        'SELECT location::text AS location FROM venues WHERE venues_id = $1',
        [venue()],
      );
      expect(entry!.after!.location).toBe(rows[0].location);
      expect(rows[0].location).toMatch(/^0101000020E6100000/);
    });

    it('a secret as a marker, and its change as a change', async () => {
      await trail.run(`UPDATE users SET password_hash = 'other' WHERE users_id = $1`, [
        planted.value('users', 'users_id'),
      ]);
      const [entry] = await find({ entity: User, id: planted.value('users', 'users_id') });
      expect(entry!.changes[0]).toEqual({
        column: 'password_hash',
        from: '[redacted]',
        to: '[redacted]',
        redacted: true,
      });
      const [account] = await find({
        entity: Account,
        id: planted.value('accounts', 'accounts_id'),
      });
      expect(account!.changes.filter(({ redacted }) => redacted)).toHaveLength(4);
    });

    it('a change to the text of the marker is recorded', async () => {
      await rename('[redacted]');
      const [entry] = await find({ entity: Venue, id: venue(), limit: 1 });
      expect(entry!.changes[0]).toMatchObject({ to: '[redacted]', redacted: false });
    });
  });

  describe('is filtered by', () => {
    it('user, and by the name of another actor', async () => {
      await rename('by ann', { 'app.current_user_id': ann });
      await rename('by bob', { 'app.current_user_id': bob });
      await rename('by a job', { 'app.actor_name': 'nightly' });
      expect(
        names(await find({ entity: Venue, id: venue(), actor: { userId: ann.toUpperCase() } })),
      ).toEqual(['by ann']);
      const byJob = await find({ actor: { name: 'nightly' } });
      expect(names(byJob)).toEqual(['by a job']);
      expect(byJob[0]!.actor).toEqual({ name: 'nightly' });
    });

    it('request and transaction', async () => {
      const id = await rename('one', { 'app.request_id': 'request-a' });
      await rename('two', { 'app.request_id': 'request-a' });
      expect(names(await find({ requestId: 'request-a' }))).toEqual(['two', 'one']);
      expect(names(await find({ transactionId: id }))).toEqual(['one']);
    });

    it('table and operation', async () => {
      await trail.run('DELETE FROM venues WHERE venues_id = $1', [venue()]);
      const entries = await find({ table: 'venues', operations: ['DELETE', 'TRUNCATE'] });
      expect(entries[0]!.recordId).toBe(venue());
      expect(new Set(entries.map(({ operation }) => operation))).toEqual(new Set(['DELETE']));
      expect(await find({ operations: [] })).toEqual([]);
    });

    it('a window of time, to the microsecond', async () => {
      await rename('inside');
      const [entry] = await find({ entity: Venue, id: venue(), limit: 1 });
      const { at } = entry!;
      const next = await microsecondAfter(at);
      const inside = async (window: Pick<HistoryQuery, 'from' | 'until'>) =>
        names(await find({ entity: Venue, id: venue(), operations: ['UPDATE'], ...window }));
      // From a time on, up to and without another.
      expect(await inside({ from: at, until: next })).toEqual(['inside']);
      expect(await inside({ from: next })).toEqual([]);
      expect(await inside({ until: at })).toEqual([]);
      // Without a zone it is UTC, wherever the server and the application are.
      expect(await inside({ from: at.replace('Z', ''), until: next.replace('Z', '') })).toEqual([
        'inside',
      ]);
      expect(await inside({ from: at.slice(0, 10) })).toEqual(['inside']);
      expect(await inside({ from: new Date(Date.parse(at)) })).toEqual(['inside']);
      expect(await inside({ until: new Date(Date.parse(at) - 60_000) })).toEqual([]);
    });

    it('entries, as the bounds in place of times', async () => {
      for (const name of ['first', 'second', 'third']) await rename(name);
      const record = { entity: Venue, id: venue() };
      const [third, second] = await find(record);
      const inside = async (window: Pick<HistoryQuery, 'from' | 'until'>) =>
        names(await find({ ...record, operations: ['UPDATE'], ...window }));
      expect(await inside({ from: second! })).toEqual(['third', 'second']);
      expect(await inside({ from: second!, until: third! })).toEqual(['second']);
      expect((await failure(trail.audit.history({ from: { sequence: '-1' } }))).code).toBe(
        'INVALID_HISTORY_QUERY',
      );
    });

    it('nothing: all entries are returned', async () => {
      const { entries, nextCursor } = await trail.audit.history();
      expect(entries).toHaveLength(50);
      expect(nextCursor).toBe(entries.at(-1)!.sequence);
    });
  });

  describe('comes in pages', () => {
    async function pages(query: HistoryQuery, between: () => Promise<unknown>): Promise<string[]> {
      const found: string[] = [];
      for (let cursor: string | undefined; ;) {
        const page = await trail.audit.history({ ...query, ...(cursor && { cursor }) });
        found.push(...names(page.entries).map(String));
        if (page.nextCursor === null) return found;
        cursor = page.nextCursor;
        await between();
      }
    }

    it('that neither repeat nor skip entries while others are written', async () => {
      const expected: string[] = [];
      for (let number = 0; number < 9; number++) {
        await rename(`n${number}`);
        expected.unshift(`n${number}`);
      }
      let later = 0;
      const query = { entity: Venue, id: venue(), operations: ['UPDATE'], limit: 2 };
      expect(await pages(query, () => rename(`later ${++later}`))).toEqual(expected);
      expect(later).toBe(4);
    });

    it('the oldest first, including entries that are written meanwhile', async () => {
      for (let number = 0; number < 3; number++) await rename(`n${number}`);
      let later = 0;
      const query = {
        entity: Venue,
        id: venue(),
        operations: ['UPDATE'],
        limit: 2,
        order: 'oldest',
      } as const;
      const arrive = () => rename(`later ${++later}`);
      // The page that has room for it has it; there is no other behind that one.
      expect(await pages(query, arrive)).toEqual(['n0', 'n1', 'n2', 'later 1']);
    });

    it('the last of which has no cursor, also when it is full', async () => {
      await rename('second');
      const page = await trail.audit.history({ entity: Venue, id: venue(), limit: 2 });
      expect(page.entries).toHaveLength(2);
      expect(page.nextCursor).toBeNull();
    });

    it('within one statement of many rows', async () => {
      await trail.run(
        `INSERT INTO roles (slug) SELECT 'many-' || n FROM generate_series(1, 25) AS n`,
      );
      const found = new Set<string>();
      for (let cursor: string | undefined, count = 0; count < 3; count++) {
        const page = await trail.audit.history({
          table: 'roles',
          limit: 10,
          ...(cursor && { cursor }),
        });
        for (const { recordId } of page.entries) found.add(recordId!);
        cursor = page.nextCursor!;
      }
      expect(found.size).toBe(30);
    });
  });

  describe('refuses', () => {
    const refused = async (query: object, code: string) => {
      const error = await failure(trail.audit.history(query));
      expect(error.code).toBe(code);
      // The remedy is in the message, and no SQL.
      expect(error.message).toMatch(/\.$/);
      expect(error.message).not.toMatch(/SELECT sequence|syntax error/);
    };

    it.each([0, 501, 1.5, -1, Number.NaN, Infinity, '10'])('a limit of %p', (limit) =>
      refused({ limit }, 'INVALID_COUNT'),
    );

    it.each([
      '',
      'abc',
      '1 OR 1=1',
      '-1',
      '1.5',
      '1e3',
      '9223372036854775808',
      '99999999999999999999',
    ])('the cursor "%s"', (cursor) => refused({ cursor }, 'INVALID_HISTORY_QUERY'));

    it.each(['', 'abc', '9223372036854775808'])('the transaction "%s"', (transactionId) =>
      refused({ transactionId }, 'INVALID_HISTORY_QUERY'),
    );

    it.each([
      'yesterday',
      'now',
      'infinity',
      '1',
      '2026-02-30',
      '2026-13-01',
      '2026-01-01T25:00:00Z',
      '2026-01-01T00:00:00+99:99',
      "2026-01-01'; --",
      new Date(Number.NaN),
      new Date(8.64e15),
      42,
    ])('the time %p', async (time) => {
      await refused({ from: time }, 'INVALID_HISTORY_QUERY');
      await refused({ until: time }, 'INVALID_HISTORY_QUERY');
    });

    it.each([
      '2026-01-01',
      '2024-02-29T23:59Z',
      '2026-01-01 00:00:00.123456+05:30',
      '2026-01-01T00:00:00.123456789-0330',
      '2026-01-01T00:00:00+02',
      new Date(0),
    ])('but not the time %p', async (time) => {
      await expect(trail.audit.history({ from: time, limit: 1 })).resolves.toBeDefined();
    });

    it('an id without a table', () => refused({ id: ann }, 'INVALID_HISTORY_QUERY'));

    it.each(['nowhere', '', 'users; DROP TABLE users', `x') OR ('1'='1`, 'audit_logs', 'pg_class'])(
      'the table "%s"',
      (table) => refused({ table }, 'TABLE_NOT_AUDITED'),
    );

    it('a class that is no entity, by its name', async () => {
      class Stranger {}
      expect(await failure(trail.audit.history({ entity: Stranger }))).toMatchObject({
        code: 'TABLE_NOT_AUDITED',
        message: expect.stringMatching(/^The table "Stranger" is not audited/),
      });
    });

    it.each([
      [Venue, ''],
      [Venue, 'no uuid'],
      [Venue, { venueId: ann }],
      [Venue, { id: { id: ann } }],
      [Request, 'abc'],
      [Request, '9223372036854775808'],
      [Request, "1' OR '1'='1"],
      [SingerFavoriteVenue, ann],
      [SingerFavoriteVenue, '{"singer_profiles_id": '],
      [SingerFavoriteVenue, '[1, 2]'],
      [SingerFavoriteVenue, { venueId: ann }],
      [SingerFavoriteVenue, { venueId: ann, singerProfileId: 'x' }],
      [VerificationToken, { identifier: 'x', token: null }],
      ['products', 'nul\0'],
    ])('for %p the key %p', (entity, id) => refused({ entity, id }, 'INVALID_RECORD_KEY'));

    it('an actor that is not valid', async () => {
      await refused({ actor: { userId: '' } }, 'MALFORMED_ACTOR');
      await refused({ actor: { userId: ann, name: 'x' } }, 'MALFORMED_ACTOR');
      await refused({ actor: {} }, 'MALFORMED_ACTOR');
    });

    it('operations and requests that are no text', async () => {
      await refused({ operations: 'INSERT' }, 'INVALID_HISTORY_QUERY');
      await refused({ operations: ['nul\0'] }, 'INVALID_HISTORY_QUERY');
      await refused({ operations: [{ sql: 1 }] }, 'INVALID_HISTORY_QUERY');
      await refused({ requestId: 'nul\0' }, 'INVALID_HISTORY_QUERY');
    });
  });

  describe('is not fooled by SQL', () => {
    const attack = `'; DELETE FROM venues; SELECT set_config('audit.maintenance', 'on', false); --`;

    it.each([
      ['the id of a text key', { table: 'products', id: attack }],
      ['a composite id', { entity: VerificationToken, id: { identifier: attack, token: attack } }],
      ['the request', { requestId: attack }],
      ['the actor’s name', { actor: { name: attack } }],
      ['an operation', { operations: [attack] }],
    ])('in %s', async (_where, query) => {
      expect(await find(query as HistoryQuery)).toEqual([]);
      expect(await find({ entity: Venue, id: venue() })).toHaveLength(1);
    });

    it('in the order or in an unknown option', async () => {
      const query = { entity: Venue, id: venue(), order: attack, anything: attack };
      expect(await find(query as unknown as HistoryQuery)).toHaveLength(1);
    });
  });

  it('outlives the table’s triggers', async () => {
    await trail.client.query(`
      CREATE TABLE passing (id integer PRIMARY KEY);
      SELECT audit.attach('passing');
      INSERT INTO passing VALUES (1);`);
    expect(await find({ table: 'passing', id: '1' })).toHaveLength(1);
    await trail.client.query(`SELECT audit.detach('passing'); DROP TABLE passing;`);
    // An application that starts now has not met the table.
    const other = (await trail.restarted()).get(AuditService);
    expect((await other.history({ table: 'passing', id: '1' })).entries).toHaveLength(1);
  });

  async function microsecondAfter(at: string): Promise<string> {
    const { rows } = await trail.client.query<{ next: string }>(
      `SELECT to_char(($1::timestamptz + interval '1 microsecond') AT TIME ZONE 'UTC',
                      'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS next`,
      [at],
    );
    return rows[0]!.next;
  }
});
