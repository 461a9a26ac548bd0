import {
  AuditLog,
  OrganizationUser,
  Request,
  Role,
  SingerFavoriteVenue,
  SongDb,
  State,
  User,
  Venue,
  VerificationToken,
} from '@singr/database';
import { LessThan, MoreThan, type FindManyOptions } from 'typeorm';
import { failure } from '../../support/scripted-app.js';
import { useDatabase } from '../../support/database.js';
import { useTrail, type Planted } from './trail-app.js';

describe('as of a time', () => {
  const database = useDatabase();
  const trail = useTrail(database);
  let planted: Planted;

  beforeEach(async () => {
    planted = await trail.plant();
  });

  const venue = () => planted.value('venues', 'venues_id');
  const rename = (name: string, id = venue()) =>
    trail.run('UPDATE venues SET name = $1 WHERE venues_id = $2', [name, id]);
  const profile = () => planted.value('customer_profiles', 'customer_profiles_id');

  describe('a record', () => {
    it('is the entity with its values at that time', async () => {
      const then = await trail.dataSource.getRepository(Venue).findOneByOrFail({ id: venue() });
      const at = await trail.now();
      await trail.run(`UPDATE venues SET name = 'x', location = NULL WHERE venues_id = $1`, [
        venue(),
      ]);
      const found = await trail.audit.asOf(Venue, venue(), at);
      expect(found).toBeInstanceOf(Venue);
      expect(found).toEqual(then);
      expect(found!.location).toEqual({
        type: 'Point',
        coordinates: [expect.any(Number), expect.any(Number)],
      });
      expect(found!.createdAt).toBeInstanceOf(Date);
      // It is past: changing it changes nothing, until somebody saves it.
      expect(await trail.audit.asOf(Venue, venue(), await trail.now())).toMatchObject({
        name: 'x',
        location: null,
      });
    });

    it('keeps 64-bit integers', async () => {
      const id = planted.value('state', 'customer_profiles_id');
      await trail.run(
        'UPDATE state SET serial = 9223372036854775807 WHERE customer_profiles_id = $1',
        [id],
      );
      const at = await trail.now();
      await trail.run('UPDATE state SET serial = 1 WHERE customer_profiles_id = $1', [id]);
      expect((await trail.audit.asOf(State, id, at))!.serial).toBe('9223372036854775807');
      const song = planted.value('songdb', 'songdb_id');
      expect((await trail.audit.asOf(SongDb, song, at))!.id).toBe(song);
    });

    it('shows the marker where it had a secret', async () => {
      const user = planted.value('users', 'users_id');
      const at = await trail.now();
      await trail.run('UPDATE users SET password_hash = NULL WHERE users_id = $1', [user]);
      expect((await trail.audit.asOf(User, user, at))!.passwordHash).toBe('[redacted]');
      const now = await trail.audit.asOf(User, user, await trail.now());
      expect(now!.passwordHash).toBeNull();
    });

    it('is null before its insert and after its delete', async () => {
      const before = new Date(Date.now() - 3_600_000);
      expect(await trail.audit.asOf(Venue, venue(), before)).toBeNull();
      const at = await trail.now();
      await trail.run('DELETE FROM venues WHERE venues_id = $1', [venue()]);
      expect(await trail.audit.asOf(Venue, venue(), await trail.now())).toBeNull();
      expect(await trail.audit.asOf(Venue, venue(), at)).not.toBeNull();
    });

    it('that was deleted and inserted again is null in between', async () => {
      const role = planted.value('roles', 'roles_id');
      const times = [await trail.now()];
      await trail.run('DELETE FROM roles WHERE roles_id = $1', [role]);
      times.push(await trail.now());
      await trail.run(`INSERT INTO roles (roles_id, slug) VALUES ($1, 'back')`, [role]);
      times.push(await trail.now());
      const found = await Promise.all(times.map((at) => trail.audit.asOf(Role, role, at)));
      expect(found.map((row) => row?.slug)).toEqual([
        planted.value('roles', 'slug'),
        undefined,
        'back',
      ]);
    });

    it('is found to the microsecond', async () => {
      await rename('second');
      const [entry] = (await trail.audit.history({ entity: Venue, id: venue(), limit: 1 })).entries;
      const just = new Date(Date.parse(entry!.at)).toISOString();
      const name = async (at: string) => (await trail.audit.asOf(Venue, venue(), at))!.name;
      // A time is that of a transaction's beginning, which is part of it.
      expect(await name(entry!.at)).toBe('second');
      const [{ before }] = (
        await trail.client.query<{ before: string }>(
          `SELECT ($1::timestamptz - interval '1 microsecond')::text AS before`,
          [entry!.at],
        )
      ).rows as [{ before: string }];
      expect(await name(before)).toMatch(/^Venue/);
      expect(just.endsWith('Z')).toBe(true);
    });

    it('is found by its composite key, and by an id in capitals', async () => {
      const at = await trail.now();
      const key = {
        singerProfileId: planted.value('singer_profiles', 'singer_profiles_id'),
        venueId: venue(),
      };
      await trail.run('DELETE FROM singer_favorite_venues WHERE venues_id = $1', [venue()]);
      expect(await trail.audit.asOf(SingerFavoriteVenue, key, at)).toMatchObject(key);
      expect(await trail.audit.asOf(SingerFavoriteVenue, key, await trail.now())).toBeNull();
      // Were the trail asked in vain, it would answer with the row as it is.
      await rename('now');
      expect((await trail.audit.asOf(Venue, venue().toUpperCase(), at))!.name).toMatch(/^Venue/);
    });

    it('with a secret in its key shows the key’s marker', async () => {
      await trail.run(`INSERT INTO verification_tokens VALUES ('of@x', 'secret', now())`);
      const at = await trail.now();
      await trail.run(`DELETE FROM verification_tokens WHERE identifier = 'of@x'`);
      const key = { identifier: 'of@x', token: 'secret' };
      expect(await trail.audit.asOf(VerificationToken, key, at)).toMatchObject({
        identifier: 'of@x',
        token: '[redacted]',
      });
    });

    it('is null after a TRUNCATE, and then the row that was inserted later', async () => {
      const song = planted.value('songdb', 'songdb_id');
      const before = await trail.now();
      await trail.run('TRUNCATE songdb');
      const after = await trail.now();
      await trail.run(
        `INSERT INTO songdb (songdb_id, customer_profiles_id, openkj_system_id, artist, title, combined, normalized_combined)
         VALUES ($1, $2, 1, 'again', 't', 'c', 'n')`,
        [song, profile()],
      );
      const artist = async (at: string) => (await trail.audit.asOf(SongDb, song, at))?.artist;
      expect(await artist(before)).toBe('ABBA');
      expect(await artist(after)).toBeUndefined();
      expect(await artist(await trail.now())).toBe('again');
      expect((await trail.audit.asOfMany(SongDb, after)).length).toBe(0);
    });

    it('of a row that several foreign keys change at once is its last state', async () => {
      const other = await trail.plant();
      const request = planted.value('requests', 'requests_id');
      // Its venue stays: its singer and who submitted it go with one statement.
      await trail.run('UPDATE requests SET venues_id = $1 WHERE requests_id = $2', [
        other.value('venues', 'venues_id'),
        request,
      ]);
      await trail.run('DELETE FROM users WHERE users_id = $1', [
        planted.value('users', 'users_id'),
      ]);
      const query = { entity: Request, id: request, operations: ['UPDATE'] };
      const { entries } = await trail.audit.history(query);
      // Two changes besides the first one, each of which begins with what the one before left.
      expect(entries.map(({ changes }) => changes[0]!.column).sort()).toEqual([
        'singer_profiles_id',
        'submitted_by_users_id',
        'venues_id',
      ]);
      expect(entries[0]!.before).toEqual(entries[1]!.after);
      expect(entries[1]!.before).toEqual(entries[2]!.after);
      expect(await trail.audit.asOf(Request, request, await trail.now())).toMatchObject({
        singerProfileId: null,
        submittedByUserId: null,
      });
    });

    it('that a statement first changed and then deleted is deleted', async () => {
      const { rows } = await trail.client.query<{ id: string }>(
        `INSERT INTO users (email) VALUES (gen_random_uuid()::text), (gen_random_uuid()::text)
         RETURNING users_id AS id`,
      );
      const [inviter, user] = rows.map(({ id }) => id);
      const member = (await trail.plant()).value('organization_users', 'organization_users_id');
      await trail.run(
        'UPDATE organization_users SET users_id = $1, invited_by_user_id = $2 WHERE organization_users_id = $3',
        [user, inviter, member],
      );
      await trail.run(
        'UPDATE organization_users SET invited_by_user_id = $1 WHERE organization_users_id = $2',
        [user, planted.value('organization_users', 'organization_users_id')],
      );
      // The member loses the inviter, then goes with the user, with whom another loses the inviter: to
      // PostgreSQL, a deletion between two parts of one update.
      await trail.run('DELETE FROM users WHERE users_id = ANY ($1)', [[inviter, user]]);
      const { entries } = await trail.audit.history({ table: 'organization_users', id: member });
      expect(entries[0]!.operation).toBe('DELETE');
      expect(await trail.audit.asOf(OrganizationUser, member, await trail.now())).toBeNull();
    });
  });

  describe('many records', () => {
    it('are those of a customer at that time, sorted', async () => {
      const add = (name: string, number: number) =>
        trail.run(
          `INSERT INTO venues (customer_profiles_id, openkj_venue_id, url_name, name, address, city, state, postal_code)
           VALUES ($1, $2, gen_random_uuid()::text, $3, 'a', 'c', 's', 'p')`,
          [profile(), number, name],
        );
      await add('Beta', -1);
      await add('Alpha', -2);
      const at = await trail.now();
      await add('Later', -3);
      await trail.run(`UPDATE venues SET name = 'Renamed' WHERE openkj_venue_id = -1`);
      await trail.run(`DELETE FROM venues WHERE openkj_venue_id = -2`);
      await trail.plant();

      const options: FindManyOptions<Venue> = {
        where: { customerProfileId: profile() },
        order: { name: 'ASC' },
      };
      const names = async (more: FindManyOptions<Venue> = {}) =>
        (await trail.audit.asOfMany(Venue, at, { ...options, ...more })).map(({ name }) => name);
      expect(await names()).toEqual(['Alpha', 'Beta', planted.value('venues', 'name')]);
      expect(await names({ order: { name: 'DESC' }, skip: 1, take: 1 })).toEqual(['Beta']);
      expect(
        await names({ where: { customerProfileId: profile(), openkjVenueId: LessThan(0) } }),
      ).toEqual(['Alpha', 'Beta']);
      // Conditions are about that time: today nobody is called so.
      expect(await names({ where: [{ name: 'Beta' }, { name: 'Renamed' }] })).toEqual(['Beta']);
      const [chosen] = await trail.audit.asOfMany(Venue, at, {
        ...options,
        select: { id: true, name: true },
      });
      expect({ ...chosen }).toEqual({ id: expect.any(String), name: 'Alpha' });
    });

    it('compare numbers and times by value', async () => {
      const at = await trail.now();
      const key = { customerProfileId: profile() };
      expect(
        await trail.audit.asOfMany(State, at, {
          where: { ...key, serial: MoreThan('9007199254740992') },
        }),
      ).toHaveLength(1);
      expect(
        await trail.audit.asOfMany(Venue, at, {
          where: { ...key, createdAt: MoreThan(new Date()) },
        }),
      ).toHaveLength(0);
    });

    it.each<[FindManyOptions<Venue>]>([
      [{ relations: { customerProfile: true } }],
      [{ relations: ['customerProfile.user'] as object }],
      [{ where: { customerProfile: { id: '00000000-0000-4000-8000-000000000001' } } }],
      [{ where: [{ name: 'x' }, { requests: { id: '1' } }] }],
      [{ order: { customerProfile: { id: 'ASC' } } }],
    ])('are read without relations, whose rows would be today’s: %j', async (options) => {
      expect(await failure(trail.audit.asOfMany(Venue, new Date(), options))).toMatchObject({
        code: 'INVALID_HISTORY_QUERY',
        message: expect.stringMatching(/is a relation of Venue/),
      });
    });

    it('are an empty list before the first insert', async () => {
      expect(await trail.audit.asOfMany(Venue, '2000-01-01')).toEqual([]);
    });
  });

  describe('rows that are older than the trail', () => {
    /** As after a migration of data that came from elsewhere. */
    async function insertUnseen(): Promise<string> {
      const { rows } = await trail.client.query<{ id: string }[]>('SELECT gen_random_uuid() AS id');
      const { id } = rows[0] as unknown as { id: string };
      await trail.client.query('ALTER TABLE roles DISABLE TRIGGER USER');
      await trail.client.query(`INSERT INTO roles (roles_id, slug) VALUES ($1, $2)`, [id, id]);
      await trail.client.query('ALTER TABLE roles ENABLE TRIGGER USER');
      return id;
    }

    it('have their current state, or the state before their first entry', async () => {
      const [still, changed, deleted] = [
        await insertUnseen(),
        await insertUnseen(),
        await insertUnseen(),
      ];
      const at = await trail.now();
      await trail.run(`UPDATE roles SET slug = 'changed' WHERE roles_id = $1`, [changed]);
      await trail.run('DELETE FROM roles WHERE roles_id = $1', [deleted]);
      const all = (await trail.audit.asOfMany(Role, at)).map((role) => role.slug);
      for (const id of [still, changed, deleted]) {
        expect(await trail.audit.asOf(Role, id, at)).toMatchObject({ slug: id });
        expect(all).toContain(id);
      }
      const now = await trail.now();
      expect(await trail.audit.asOf(Role, changed, now)).toMatchObject({ slug: 'changed' });
      expect(await trail.audit.asOf(Role, deleted, now)).toBeNull();
      expect(await trail.audit.asOf(Role, still, now)).toMatchObject({ slug: still });
    });
  });

  describe('the difference', () => {
    it('between two times', async () => {
      const from = await trail.now();
      await trail.run(`UPDATE venues SET name = 'x', city = 'y' WHERE venues_id = $1`, [venue()]);
      await trail.run(`UPDATE venues SET city = 'Nashville' WHERE venues_id = $1`, [venue()]);
      const changes = await trail.audit.diff(Venue, venue(), from, new Date(Date.now() + 1000));
      // A column that changed and changed back does not differ.
      expect(changes.map(({ column }) => column)).toEqual(['name', 'updated_at']);
      expect(changes[0]).toEqual({
        column: 'name',
        from: planted.value('venues', 'name'),
        to: 'x',
        redacted: false,
      });
    });

    it('between two entries, and between a time and an entry', async () => {
      await rename('first');
      const at = await trail.now();
      await rename('second');
      const [second, first] = (await trail.audit.history({ entity: Venue, id: venue() })).entries;
      for (const from of [first!, at]) {
        const [change] = await trail.audit.diff(Venue, venue(), from, second);
        expect(change).toMatchObject({ column: 'name', from: 'first', to: 'second' });
      }
      expect(await trail.audit.diff(Venue, venue(), at, at)).toEqual([]);
    });

    it('has all values for an inserted or deleted record', async () => {
      const changes = await trail.audit.diff(Venue, venue(), '2000-01-01', await trail.now());
      expect(changes).toContainEqual({
        column: 'city',
        from: null,
        to: 'Nashville',
        redacted: false,
      });
      expect(changes.map(({ column }) => column)).not.toContain('website');
    });

    it('is refused for an entry of another record, and for a missing entry', async () => {
      const other = await trail.plant();
      const [entry] = (
        await trail.audit.history({ transactionId: other.transactionId, table: 'venues' })
      ).entries;
      for (const moment of [entry!, { sequence: '9223372036854775807' }]) {
        expect(await failure(trail.audit.diff(Venue, venue(), moment, new Date()))).toMatchObject({
          code: 'AUDIT_ENTRY_NOT_FOUND',
        });
      }
      expect(
        await failure(trail.audit.diff(Venue, venue(), { sequence: 'x' }, new Date())),
      ).toMatchObject({ code: 'INVALID_HISTORY_QUERY' });
    });
  });

  describe('is refused', () => {
    it.each(['', 'no uuid', '00000000-0000-4000-8000-00000000000'])(
      'for the id "%s"',
      async (id) => {
        expect(await failure(trail.audit.asOf(Venue, id, new Date()))).toMatchObject({
          code: 'INVALID_RECORD_KEY',
          message: expect.stringMatching(/venues_id \(uuid\)/),
        });
      },
    );

    it.each(['now', 'soon', '2026-02-31'])('for the time "%s"', async (at) => {
      const refused = { code: 'INVALID_HISTORY_QUERY' };
      expect(await failure(trail.audit.asOf(Venue, venue(), at))).toMatchObject(refused);
      expect(await failure(trail.audit.asOfMany(Venue, at))).toMatchObject(refused);
      expect(await failure(trail.audit.diff(Venue, venue(), at, at))).toMatchObject(refused);
      expect(await failure(trail.audit.restore(Venue, venue(), at))).toMatchObject(refused);
    });

    it('for a table that is not audited', async () => {
      expect(await failure(trail.audit.asOf(AuditLog, venue(), new Date()))).toMatchObject({
        code: 'TABLE_NOT_AUDITED',
      });
    });

    it('where the entries have been pruned', async () => {
      await rename('before');
      const at = await trail.now();
      await rename('after');
      const before = await trail.now();
      await trail.client.query('SELECT audit.prune($1, $2, 1000000)', ['venues', before]);

      const pruned = { code: 'HISTORY_PRUNED', message: expect.stringMatching(/before \d{4}-/) };
      expect(await failure(trail.audit.asOf(Venue, venue(), at))).toMatchObject(pruned);
      expect(await failure(trail.audit.asOfMany(Venue, at))).toMatchObject(pruned);
      expect(await failure(trail.audit.diff(Venue, venue(), at, before))).toMatchObject(pruned);
      await trail.expectRefusal(() => trail.audit.restore(Venue, venue(), at), 'HISTORY_PRUNED');
      // From the pruning on, and in other tables, the answer is whole.
      expect(await trail.audit.asOf(Venue, venue(), before)).toMatchObject({ name: 'after' });
      expect(await trail.audit.asOfMany(Venue, before)).not.toHaveLength(0);
      expect(await trail.audit.asOf(User, planted.value('users', 'users_id'), at)).not.toBeNull();
    });
  });
});
