import { AuditService, SongDb as Song, StateRepository, Venue } from '@singr/database';
import type { RestoreToProgress } from '@singr/database';
import { useDatabase } from '../../support/database.js';
import { takeSnapshot } from './snapshot.js';
import { useTrail, type Planted } from './trail-app.js';

describe('a group of rows, put back to a time,', () => {
  const database = useDatabase();
  const trail = useTrail(database);
  let planted: Planted;

  beforeEach(async () => {
    planted = await trail.plant();
  });

  const customer = () => planted.value('songdb', 'customer_profiles_id');
  const rows = async (sql: string, parameters: unknown[] = []) =>
    (await trail.client.query<Record<string, unknown>>(sql, parameters)).rows;
  const dump = async (...names: string[]) =>
    [...(await takeSnapshot(trail.client)).values()]
      .filter(({ table }) => names.includes(table))
      .map(({ table, row }) => `${table} ${row}`)
      .sort();
  const addSongs = (count: number) =>
    trail.run(
      `INSERT INTO songdb (customer_profiles_id, openkj_system_id, artist, title, combined, normalized_combined)
       SELECT $1, 1, 'Artist', 'Title', 'Artist - Title ' || n, 'artist - title ' || n
       FROM generate_series(1, $2::int) AS n`,
      [customer(), count],
    );

  it('goes back to the time of an entry as well', async () => {
    await addSongs(2);
    const [entry] = (await trail.audit.history({ entity: Song })).entries;
    const before = await dump('songdb');
    await trail.run(`UPDATE songdb SET artist = 'x'`);
    await trail.audit.restoreTo({ tables: [Song], at: entry! });
    expect(await dump('songdb')).toEqual(before);
    await expect(trail.audit.timeOf(entry!)).resolves.toBe(entry!.at);
    await expect(
      trail.audit.restoreTo({ tables: [Song], at: { sequence: '999999999' } }),
    ).rejects.toMatchObject({ code: 'AUDIT_ENTRY_NOT_FOUND' });
    await trail.run('DELETE FROM songdb');
  });

  it('can be a customer’s catalogue before a wrong upload', async () => {
    await addSongs(50);
    const other = await trail.plant();
    const before = await dump('songdb');
    const at = await trail.now();
    await trail.run(`UPDATE songdb SET artist = 'x' WHERE right(combined, 1) IN ('1', '2')`);
    await trail.run(
      `DELETE FROM songdb WHERE customer_profiles_id = $1 AND right(combined, 1) IN ('3', '6', '9')`,
      [customer()],
    );
    await trail.run(`UPDATE songdb SET title = 'theirs' WHERE customer_profiles_id = $1`, [
      other.value('songdb', 'customer_profiles_id'),
    ]);
    // A song that is added anew takes the place of a deleted one.
    await trail.run(
      `INSERT INTO songdb (customer_profiles_id, openkj_system_id, artist, title, combined, normalized_combined)
       VALUES ($1, 1, 'new', 'new', 'Artist - Title 3', 'artist - title 3')`,
      [customer()],
    );
    const options = { tables: [Song], where: { customerProfileId: customer() }, at };
    const done: RestoreToProgress[] = [];
    const trial = await trail.audit.restoreTo({ ...options, dryRun: true });
    const now = await dump('songdb');
    const result = await trail.audit.restoreTo({
      ...options,
      onProgress: (step) => done.push(step),
    });
    expect(now).not.toEqual(before);
    expect(trial).toEqual({ ...result, dryRun: true });
    expect(result.tables).toEqual([
      { table: 'songdb', inserted: 15, updated: 10, deleted: 1, lost: [] },
    ]);
    expect(done.map(({ step, table }) => `${step} ${table}`)).toEqual([
      'compare songdb',
      'write songdb',
    ]);
    const theirs = (row: string) => row.includes(other.value('songdb', 'customer_profiles_id'));
    const after = await dump('songdb');
    expect(after.filter((row) => !theirs(row))).toEqual(before.filter((row) => !theirs(row)));
    expect(after.filter(theirs)).toEqual(now.filter(theirs));
    expect((await trail.audit.restoreTo(options)).tables).toMatchObject([
      { inserted: 0, updated: 0, deleted: 0 },
    ]);
  });

  it('can be all rows of a deleted customer, parents and children in one call', async () => {
    const names = [
      'customer_profiles',
      'venues',
      'requests',
      'songdb',
      'systems',
      'singer_request_history',
      'singer_favorite_venues',
    ];
    await trail.run('DELETE FROM state');
    const before = await dump(...names);
    const at = await trail.now();
    await trail.run('DELETE FROM customer_profiles WHERE customer_profiles_id = $1', [customer()]);
    await trail.audit.restoreTo({ tables: names.toReversed(), at });
    expect(await dump(...names)).toEqual(before);
    // The hook of venues and requests ran: OpenKJ has to look again.
    expect(await trail.app.get(StateRepository).currentSerial(customer())).not.toBe(1);
  });

  it('may have rows that refer to each other in a circle, and to themselves', async () => {
    await trail.client.query(`
      CREATE TABLE heads (id integer PRIMARY KEY, tail integer, boss integer REFERENCES heads);
      CREATE TABLE tails (id integer PRIMARY KEY, head integer NOT NULL REFERENCES heads);
      ALTER TABLE heads ADD FOREIGN KEY (tail) REFERENCES tails;
      SELECT audit.attach('heads'), audit.attach('tails');
      INSERT INTO heads VALUES (1, NULL, 1), (2, NULL, 1), (3, NULL, 2);
      INSERT INTO tails VALUES (1, 1), (2, 2);
      UPDATE heads SET tail = 1; UPDATE heads SET boss = 3 WHERE id = 1`);
    const at = await trail.now();
    await trail.client.query(`
      UPDATE heads SET tail = NULL, boss = NULL; DELETE FROM tails; DELETE FROM heads;
      INSERT INTO heads VALUES (4, NULL, 4); INSERT INTO tails VALUES (4, 4);
      UPDATE heads SET tail = 4`);
    const { tables } = await trail.audit.restoreTo({ tables: ['heads', 'tails'], at });
    expect(tables).toMatchObject([
      { table: 'heads', inserted: 3, deleted: 1 },
      { table: 'tails', inserted: 2, deleted: 1 },
    ]);
    expect(await rows('SELECT * FROM heads ORDER BY id')).toEqual([
      { id: 1, tail: 1, boss: 3 },
      { id: 2, tail: 1, boss: 1 },
      { id: 3, tail: 1, boss: 2 },
    ]);
    expect(await rows('SELECT id FROM tails ORDER BY id')).toEqual([{ id: 1 }, { id: 2 }]);
  });

  it('is a conflict when later rows of another table refer to a row that must be deleted, unless forced', async () => {
    const at = await trail.now();
    const later = await trail.plant();
    const options = { tables: [Venue], at };
    await trail.expectRefusal(
      () => trail.audit.restoreTo(options),
      'UNDO_CONFLICT',
      /referred to by 1 later row\(s\) of requests/,
    );
    await trail.audit.restoreTo({ ...options, force: true });
    expect(
      await rows('SELECT FROM requests WHERE requests_id = $1', [
        later.value('requests', 'requests_id'),
      ]),
    ).toEqual([]);
  });

  it('keeps secrets, serials and the last use of a key', async () => {
    const user = planted.value('users', 'users_id');
    const at = await trail.now();
    await trail.run(
      `UPDATE users SET name = 'x', password_hash = 'now', last_login_at = '2030-01-01' WHERE users_id = $1`,
      [user],
    );
    await trail.run('UPDATE state SET serial = serial + 1');
    const { tables } = await trail.audit.restoreTo({ tables: ['users', 'state'], at });
    expect(tables).toMatchObject([
      { table: 'users', updated: 1 },
      { table: 'state', updated: 0 },
    ]);
    expect(
      await rows('SELECT name, password_hash, last_login_at::text FROM users WHERE users_id = $1', [
        user,
      ]),
    ).toEqual([
      {
        name: planted.value('users', 'name'),
        password_hash: 'now',
        last_login_at: expect.stringContaining('2030-01-01'),
      },
    ]);
  });

  it('keeps a serial, and deletes it only together with its customer', async () => {
    const at = await trail.now();
    const later = await trail.plant();
    const serial = () =>
      trail.app.get(StateRepository).currentSerial(later.value('state', 'customer_profiles_id'));
    const before = await serial();
    await trail.audit.restoreTo({ tables: ['state'], at });
    expect(await serial()).toBe(before);
    await trail.audit.restoreTo({ tables: ['state', 'customer_profiles'], at, force: true });
    expect(await serial()).toBe(1);
  });

  it('needs an option to fill in a required secret', async () => {
    const at = await trail.now();
    await trail.run('DELETE FROM sessions WHERE sessions_id = $1', [
      planted.value('sessions', 'sessions_id'),
    ]);
    await trail.expectRefusal(
      () => trail.audit.restoreTo({ tables: ['sessions'], at }),
      'UNDO_REDACTED',
    );
    const { tables } = await trail.audit.restoreTo({
      tables: ['sessions'],
      at,
      redacted: 'placeholder',
    });
    expect(tables).toMatchObject([{ inserted: 1, lost: ['session_token'] }]);
  });

  it('is refused, as a whole, when a trigger of the application’s own changes a row again', async () => {
    await trail.client.query(`
      CREATE FUNCTION shout() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN NEW.name := upper(NEW.name); RETURN NEW; END $$;
      CREATE TABLE cries (id integer PRIMARY KEY, name text);
      SELECT audit.attach('cries');
      INSERT INTO cries VALUES (1, 'hey')`);
    const at = await trail.now();
    await trail.client.query(`
      UPDATE cries SET name = 'HO';
      CREATE TRIGGER shout BEFORE UPDATE ON cries FOR EACH ROW EXECUTE FUNCTION shout()`);
    await trail.expectRefusal(
      () => trail.audit.restoreTo({ tables: ['cries'], at }),
      'UNDO_IMPOSSIBLE',
      /cries 1 again/,
    );
  });

  it('is refused when a row had a value that was too large for the trail', async () => {
    // The trail's replacement for such a value.
    await trail.run(`UPDATE songdb SET artist = '[too large] sha256:' || repeat('0', 64)`);
    const at = await trail.now();
    await trail.run(`UPDATE songdb SET title = 'x'`);
    await trail.expectRefusal(
      () => trail.audit.restoreTo({ tables: [Song], at }),
      'UNDO_IMPOSSIBLE',
      /rows of "songdb" had more in artist than the trail can keep/,
    );
  });

  it('is refused for a time before a TRUNCATE', async () => {
    await trail.client.query(`
      CREATE TABLE emptied (id integer PRIMARY KEY); SELECT audit.attach('emptied')`);
    const at = await trail.now();
    await trail.run('TRUNCATE emptied');
    await trail.expectRefusal(
      () => trail.audit.restoreTo({ tables: ['emptied'], at }),
      'UNDO_IMPOSSIBLE',
      /truncated/,
    );
  });

  it.each([
    ['of a column that the table lacks', { nothing: 'x' }],
    ['without a value', { customerProfileId: undefined as unknown as string }],
    ['of nothing', {}],
  ])('is refused for a condition %s: it would be about all rows', async (_what, where) => {
    const audit = trail.app.get(AuditService);
    await trail.expectRefusal(
      () => audit.restoreTo({ tables: [Song], where, at: new Date(0) }),
      'INVALID_HISTORY_QUERY',
    );
  });
});
