import { demoAccounts, SeedModule, SeedService } from '@singr/database';
import { ApiModule } from '../../examples/api/src/api.module.js';
import { actorOf } from '../../examples/api/src/auth/api-request.js';
import { importSummarySchema } from '../../examples/api/src/catalogues/catalogues.schemas.js';
import type { ShownEntry } from '../../src/audit-page/reading/shown-entries.js';
import { useDatabase } from '../support/database.js';
import { createTestApp, type TestApp, type TestResponse } from '../support/test-app.js';
import { OpenKjClient } from './openkj/openkj-client.js';

type Send = (method: string, path: string, body?: unknown) => Promise<TestResponse>;

/**
 * Plays an evening in a karaoke bar over HTTP, with three actors: the customer who owns the bar, OpenKJ on
 * the bar's computer, and a singer. At the end an administrator reads the audit trail.
 */
describe('an evening in a karaoke bar', () => {
  const database = useDatabase();
  let app: TestApp;
  let [customer, singer, admin]: Send[] = [];
  let program: Send;
  let openkj: OpenKjClient;
  let keyId: string;
  let venue: { id: string; name: string };
  const requested: { id: string; title: string }[] = [];
  let startOfEvening: string;

  beforeAll(async () => {
    app = await createTestApp(database, {
      imports: [SeedModule, ApiModule],
      databaseOptions: { actor: actorOf },
    });
    await app.get(SeedService).run();
    const [{ last }] = await database.query('SELECT max(sequence) AS last FROM audit_logs');
    startOfEvening = last;
    customer = await signedIn('customer');
    singer = await signedIn('singer');
    admin = await signedIn('admin');
  });

  async function signedIn(who: keyof typeof demoAccounts): Promise<Send> {
    const { email, password } = demoAccounts[who];
    const { body } = await app.request('POST', '/sessions', { body: { email, password } });
    return sender({ authorization: `Bearer ${body.token}` });
  }

  function sender(headers: Record<string, string>): Send {
    return (method, path, body) => {
      const type: Record<string, string> =
        typeof body === 'string' ? { 'content-type': 'text/csv' } : {};
      return app.request(method, path, { body, headers: { ...headers, ...type } });
    };
  }

  it('the customer issues a key for OpenKJ, which is shown only once', async () => {
    const { status, body } = await customer!('POST', '/api-keys', { description: 'OpenKJ' });
    expect(status).toBe(201);
    keyId = body.id;
    program = sender({ 'x-api-key': body.key });
    openkj = new OpenKjClient({ url: `${app.url}/openkj`, apiKey: body.key });
    await openkj.start();
    expect(openkj.venues).toMatchObject([{ venueId: 1001, accepting: true }]);
    const [stored] = await database.query(
      'SELECT api_key_hash FROM api_keys WHERE api_keys_id = $1',
      [keyId],
    );
    expect(stored.api_key_hash).not.toContain(body.key);
  });

  it('a program uploads the catalogue as CSV, whose summary adds up', async () => {
    const csv = [
      'Artist,Title,Year',
      'Queen,Bohemian Rhapsody,1975',
      'QUEEN,bohemian rhapsody,1975',
      '"Earth, Wind & Fire",September,1978',
      'Beyoncé,Halo,2008',
      ',No Artist,1999',
      'ABBA,"Gimme! Gimme! Gimme! (A Man After Midnight)",1979',
    ].join('\r\n');
    const path = '/catalogues/1?artistColumn=Artist&titleColumn=Title';
    const { status, body } = await program('PUT', path, csv);
    expect(status).toBe(200);
    const { inserted, updated, unchanged, duplicates, refused, rows, problems } =
      importSummarySchema.parse(body);
    expect({ rows, duplicates, refused }).toEqual({ rows: 6, duplicates: 1, refused: 1 });
    expect(inserted + updated + unchanged + duplicates + refused).toBe(rows);
    expect(problems.map(({ line, kind }) => ({ line, kind }))).toEqual([
      { line: 3, kind: 'duplicate' },
      { line: 6, kind: 'refused' },
    ]);
  });

  it('a catalogue without the artist column is refused, and the old one stays', async () => {
    const { status, body } = await program('PUT', '/catalogues/1', 'singer,song\na,b\n');
    expect({ status, code: body.code }).toEqual({ status: 400, code: 'CSV_COLUMN_MISSING' });
    const [{ count }] = await database.query(
      'SELECT count(*)::int FROM songdb WHERE openkj_system_id = 1',
    );
    expect(count).toBe(4);
  });

  it('a catalogue without songs is refused', async () => {
    const { status, body } = await program('PUT', '/catalogues/1', 'artist,title\n');
    expect({ status, code: body.code }).toEqual({ status: 400, code: 'CATALOGUE_EMPTY' });
  });

  it('OpenKJ on another computer uploads its catalogue', async () => {
    const { url, apiKey } = openkj.settings;
    const other = new OpenKjClient({ url, apiKey, systemId: 2 });
    await other.updateSongDb([
      { artist: 'Queen', title: 'Innuendo' },
      { artist: 'Queen', title: 'One Vision' },
    ]);
    const [{ count }] = await database.query(
      'SELECT count(*)::int FROM songdb WHERE openkj_system_id = 2',
    );
    expect(count).toBe(2);
  });

  it('the singer finds the bar nearby', async () => {
    const near = '/venues/nearby?longitude=-86.78&latitude=36.16&radiusMetres=2000';
    const { body } = await singer!('GET', near);
    expect(body).toHaveLength(1);
    expect(body[0].distanceMetres).toBeGreaterThan(0);
    expect(body[0].distanceMetres).toBeLessThan(500);
    venue = body[0].venue;
    const nowhere = await singer!('GET', near.replace('36.16', '91'));
    expect({ status: nowhere.status, code: nowhere.body.code }).toEqual({
      status: 400,
      code: 'INVALID_POINT',
    });
  });

  it('the singer searches its songs while typing: without accents, and with a typing error', async () => {
    const titles = async (typed: string) => {
      const path = `/venues/${venue.id}/songs?q=${encodeURIComponent(typed)}`;
      return (await singer!('GET', path)).body.map(({ title }: { title: string }) => title);
    };
    expect(await titles('beyonce h')).toEqual(['Halo']);
    expect(await titles('septembre fire')).toEqual(['September']);
    expect(await titles('bohemian')).toEqual(['Bohemian Rhapsody']);
  });

  it('while the bar is closed no request gets through', async () => {
    await openkj.setAccepting(false);
    const { status, body } = await singer!('POST', `/venues/${venue.id}/requests`, {
      artist: 'Queen',
      title: 'Bohemian Rhapsody',
    });
    expect({ status, code: body.code }).toEqual({ status: 409, code: 'VENUE_NOT_ACCEPTING' });
    await openkj.setAccepting(true);
  });

  it('OpenKJ notices that the customer closes the bar and opens it again', async () => {
    await openkj.wait(30);
    for (const acceptingRequests of [false, true]) {
      const changed = await customer!('PATCH', `/venues/${venue.id}`, { acceptingRequests });
      expect(changed.body).toMatchObject({ acceptingRequests });
      await openkj.wait(30);
      expect(openkj.accepting).toBe(acceptingRequests);
    }
  });

  it('the singer asks for two songs, and keeps one and the bar as favourites', async () => {
    for (const song of [
      { artist: 'Queen', title: 'Bohemian Rhapsody', notes: 'For my birthday' },
      { artist: 'Beyoncé', title: 'Halo', keyChange: -2 },
    ]) {
      const { status, body } = await singer!('POST', `/venues/${venue.id}/requests`, song);
      expect(status).toBe(201);
      requested.push(body.request);
    }
    const song = { artist: 'Beyoncé', title: 'Halo', keyChange: -2 };
    const keep = () => singer!('PUT', '/singer/favorites/songs', song);
    expect((await keep()).body).toEqual({ changed: true });
    expect((await keep()).body).toEqual({ changed: false });
    await singer!('PUT', `/singer/favorites/venues/${venue.id}`, {});
    expect((await singer!('GET', '/singer/favorites')).body).toEqual({
      songs: [song],
      venues: [{ id: venue.id, name: venue.name }],
    });
  });

  it('OpenKJ sees a new serial, fetches the queue, and removes the first song', async () => {
    const before = openkj.serial;
    await openkj.wait(30);
    expect(openkj.serial).toBe(before + 2);
    const ids = requested.map(({ id }) => Number(id));
    expect(openkj.requests.map(({ requestId }) => requestId)).toEqual(ids);
    await openkj.removeRequest(ids[0]!);
    await openkj.removeRequest(ids[0]!);
    expect(openkj.requests.map(({ requestId }) => requestId)).toEqual(ids.slice(1));
  });

  it('the bar closes: OpenKJ clears the queue, and the customer revokes the key', async () => {
    await openkj.clearRequests();
    await openkj.setAccepting(false);
    expect(openkj.requests).toEqual([]);
    expect(openkj.log).toEqual([]);
    expect((await customer!('DELETE', `/api-keys/${keyId}`)).status).toBe(204);
    expect(await openkj.test()).toContain('The API key is unknown');
  });

  it('the singer reads the history in pages', async () => {
    const first = (await singer!('GET', '/singer/history?limit=1')).body;
    expect(first.entries).toMatchObject([{ title: 'Halo', keyChange: -2 }]);
    const second = (await singer!('GET', `/singer/history?limit=1&cursor=${first.nextCursor}`))
      .body;
    expect(second).toMatchObject({ entries: [{ title: 'Bohemian Rhapsody' }], nextCursor: null });
  });

  it('everybody is refused what they may not do', async () => {
    expect((await singer!('POST', '/api-keys', { description: 'mine' })).status).toBe(403);
    expect((await customer!('POST', `/venues/${venue.id}/requests`, {})).status).toBe(403);
    expect((await program('GET', '/venues')).status).toBe(401);
    const halo = { artist: 'Beyoncé', title: 'Halo' };
    expect((await customer!('POST', `/venues/${venue.id}/requests`, halo)).status).toBe(403);
  });

  describe('afterwards the trail has', () => {
    const customerName = demoAccounts.customer.email;
    const singerName = demoAccounts.singer.email;
    const key = () => expect.stringMatching(new RegExp(`^API key ${keyId} of customer `));

    async function trailOf(table: string, id: string) {
      const query = `table=${table}&id=${id}&order=oldest&from=${startOfEvening}`;
      const { body } = await admin!('GET', `/audit/api/entries?${query}`);
      const entries: ShownEntry[] = body.entries;
      return entries
        .filter(({ sequence }) => BigInt(sequence) > BigInt(startOfEvening))
        .map(({ operation, actor, route, changes }) => {
          const changed = changes
            .map(({ column }) => column)
            .filter((name) => name !== 'updated_at');
          return {
            did: `${operation} ${operation === 'UPDATE' ? changed.join() : ''}`.trim(),
            who: actor.email ?? actor.name,
            through: route,
          };
        });
    }

    it('the request of the singer, and its removal from the queue by OpenKJ', async () => {
      expect(await trailOf('requests', requested[0]!.id)).toEqual([
        { did: 'INSERT', who: singerName, through: 'POST /venues/:venueId/requests' },
        {
          did: 'UPDATE processed,processed_at',
          who: key(),
          through: 'POST /openkj',
        },
      ]);
      expect((await trailOf('requests', requested[1]!.id)).at(-1)).toMatchObject({
        who: key(),
        through: 'POST /openkj',
      });
    });

    it('the closing and opening of the bar by OpenKJ and the customer', async () => {
      const did = 'UPDATE accepting_requests';
      const byOpenKj = { did, who: key(), through: 'POST /openkj' };
      const byCustomer = { did, who: customerName, through: 'PATCH /venues/:id' };
      expect(await trailOf('venues', venue.id)).toEqual([
        ...[byOpenKj, byOpenKj],
        ...[byCustomer, byCustomer],
        byOpenKj,
      ]);
    });

    it('the issue and revocation of the key by the customer, and its use by OpenKJ', async () => {
      const trail = await trailOf('api_keys', keyId);
      expect(trail.at(0)).toEqual({ did: 'INSERT', who: customerName, through: 'POST /api-keys' });
      expect(trail.at(1)).toMatchObject({ did: 'UPDATE last_used_at', who: key() });
      expect(trail.at(-1)).toEqual({
        did: 'UPDATE status,revoked_at',
        who: customerName,
        through: 'DELETE /api-keys/:id',
      });
    });

    it('the catalogues that the programs wrote', async () => {
      const writers = await database.query(
        `SELECT DISTINCT actor_name, route FROM audit_logs WHERE table_name = 'songdb' AND sequence > $1
         ORDER BY route`,
        [startOfEvening],
      );
      expect(writers).toEqual(
        ['POST /openkj', 'PUT /catalogues/:system'].map((route) => ({ actor_name: key(), route })),
      );
    });

    it('no entry without an actor', async () => {
      const nobodys = await database.query(
        `SELECT table_name, operation, route FROM audit_logs
         WHERE sequence > $1 AND user_id IS NULL AND actor_name IS NULL`,
        [startOfEvening],
      );
      expect(nobodys).toEqual([]);
    });
  });
});
