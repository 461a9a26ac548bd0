import {
  ApiKeyService,
  type CustomerProfile,
  RequestRepository,
  RequestService,
  StateRepository,
  type Venue,
} from '@singr/database';
import { useDatabase } from '../../support/database.js';
import { createVenue } from '../../support/fixtures.js';
import { RecordingLogger } from '../../support/recording-logger.js';
import type { TestApp } from '../../support/test-app.js';
import { createHost, post, startExample } from './openkj-server.js';
import type { JsonObject } from './qt-json.js';

const rejected =
  'The API key is unknown, suspended, revoked or expired. Use another, or have one issued.';

/**
 * The server's answers to commands that it refuses. OpenKJ shows `errorString` when the host tests the
 * connection, and otherwise logs it.
 */
describe('OpenKJ’s server refuses', () => {
  const database = useDatabase();
  const logger = new RecordingLogger();
  let app: TestApp;
  let host: CustomerProfile;
  let key: string;
  let venue: Venue;

  beforeAll(async () => {
    app = await startExample(database, { logger });
  });

  beforeEach(async () => {
    ({ host, key } = await createHost(app));
    venue = await createVenue(app.dataSource.manager, {
      customerProfileId: host.id,
      openkjVenueId: 7,
    });
  });

  const send = (fields: JsonObject) => post(app, { api_key: key, ...fields });
  const serial = () => app.get(StateRepository).currentSerial(host.id);
  const submit = async (venueId: string) => {
    const song = { artist: 'Dolly Parton', title: 'Jolene' };
    return Number((await app.get(RequestService).submit({ ...song, venueId })).request.id);
  };
  const open = (venueId: string) => app.get(RequestRepository).findOpen(venueId);

  async function expectRefusal(
    answer: Promise<{ status: number; body: unknown }>,
    command: string,
    errorString: unknown,
  ) {
    const { status, body } = await answer;
    expect({ status, body }).toEqual({ status: 200, body: { command, error: true, errorString } });
  }

  describe('a key', () => {
    const keys = () => app.get(ApiKeyService);
    const keyId = async () =>
      (await database.query('SELECT api_keys_id AS id FROM api_keys ORDER BY created_at')).at(-1)
        .id;

    it.each<[string, () => Promise<unknown>]>([
      ['that was revoked', async () => keys().revoke(host.id, await keyId())],
      ['that is suspended', async () => keys().suspend(host.id, await keyId())],
      ['that has expired', () => database.query('UPDATE api_keys SET expires_at = now()')],
    ])('%s', async (_, spoil) => {
      await spoil();
      await expectRefusal(send({ command: 'getSerial' }), 'getSerial', rejected);
    });

    it.each<[string, JsonObject]>([
      ['that nobody issued', { api_key: 'sk_nobody' }],
      ['that is empty', { api_key: '' }],
      ['that is a number', { api_key: 17 }],
      ['with a zero byte', { api_key: 'sk\0' }],
    ])('%s', async (_, fields) => {
      await expectRefusal(send({ ...fields, command: 'getSerial' }), 'getSerial', rejected);
    });

    it('that is missing, as in the command of OpenKJ’s own load test', async () => {
      const command = 'testingAddRandomRequest';
      await expectRefusal(post(app, { command, venue_id: 7 }), command, rejected);
    });

    it('but accepts one with white space around it, as when it is pasted', async () => {
      const { body } = await send({ api_key: ` ${key}\n`, command: 'getSerial' });
      expect(body).toEqual({ command: 'getSerial', error: false, serial: 1 });
    });
  });

  it.each(['getAccepting', 'connectionTest', 'GETSERIAL', 'get\0Serial', ''])(
    'the command %j, which it does not know',
    async (command) => {
      await expectRefusal(send({ command }), command, 'command: this server does not know it');
    },
  );

  it.each([{}, { command: 17 }, { command: null }, { command: {} }])(
    'a body without a command: %j',
    async (fields) => {
      await expectRefusal(send(fields), '', 'command: this server does not know it');
    },
  );

  const venueFields = { venue_id: 7 };
  const wrongInts = ['7', 7.5, 2147483648, true, null, undefined];
  it.each<[string, JsonObject, string, readonly unknown[]]>([
    ['getRequests', {}, 'venue_id', wrongInts],
    ['clearRequests', {}, 'venue_id', wrongInts],
    ['deleteRequest', { request_id: 1 }, 'venue_id', wrongInts],
    ['deleteRequest', venueFields, 'request_id', wrongInts],
    ['setAccepting', { accepting: true, system_id: 1 }, 'venue_id', wrongInts],
    ['setAccepting', { accepting: true, ...venueFields }, 'system_id', wrongInts],
    ['setAccepting', { system_id: 1, ...venueFields }, 'accepting', ['true', 1, null, undefined]],
    ['clearDatabase', {}, 'system_id', wrongInts],
    ['addSongs', { songs: [] }, 'system_id', wrongInts],
    ['addSongs', { system_id: 1 }, 'songs', ['a', {}, null, undefined]],
  ])('%s with %j and a wrong %s', async (command, fields, field, values) => {
    await submit(venue.id);
    const before = await serial();
    for (const value of values) {
      const wrong = { ...fields, [field]: value as null };
      const { status, body } = await send({ command, ...wrong });
      expect({ status, ...body }).toEqual({
        status: 200,
        command,
        error: true,
        errorString: expect.stringMatching(new RegExp(`^${field}: `)),
      });
    }
    expect(await serial()).toBe(before);
    expect(await open(venue.id)).toHaveLength(1);
  });

  it('a system’s number that OpenKJ cannot have', async () => {
    for (const command of [{ command: 'clearDatabase' }, { command: 'addSongs', songs: [] }]) {
      await expectRefusal(
        send({ ...command, system_id: -1 }),
        command.command,
        expect.stringContaining('-1'),
      );
    }
  });

  it('a batch with many times the songs that OpenKJ sends', async () => {
    const songs = Array.from({ length: 10_001 }, () => ({}));
    await expectRefusal(
      send({ command: 'addSongs', system_id: 1, songs }),
      'addSongs',
      expect.stringMatching(/^songs: Too big.*10000/),
    );
  });

  describe('a venue', () => {
    const commands: readonly JsonObject[] = [
      { command: 'getRequests' },
      { command: 'deleteRequest', request_id: 1 },
      { command: 'clearRequests' },
      { command: 'setAccepting', accepting: false, system_id: 1 },
    ];

    it.each(commands)('that does not exist: %j', async (command) => {
      // OpenKJ sends 0 before the host has chosen a venue.
      for (const venue_id of [0, 8, -1]) {
        const error = `You have no venue with the number ${venue_id}. Choose a venue.`;
        await expectRefusal(send({ ...command, venue_id }), command.command as string, error);
      }
    });

    it.each(commands)('of another customer: %j', async (command) => {
      const { host: other } = await createHost(app);
      const theirs = await createVenue(app.dataSource.manager, {
        customerProfileId: other.id,
        openkjVenueId: 9,
      });
      await submit(theirs.id);
      const error = 'You have no venue with the number 9. Choose a venue.';
      await expectRefusal(send({ ...command, venue_id: 9 }), command.command as string, error);
      expect(await open(theirs.id)).toHaveLength(1);
      expect(await app.get(StateRepository).currentSerial(other.id)).toBe(2);
    });
  });

  it('does not list another customer’s venue, and uses the customer’s own of two venues with one number', async () => {
    const { host: other } = await createHost(app);
    const theirs = await createVenue(app.dataSource.manager, {
      customerProfileId: other.id,
      openkjVenueId: 7,
    });
    await submit(theirs.id);
    const { body } = await send({ command: 'getVenues' });
    expect(body.venues).toEqual([
      { venue_id: 7, name: venue.name, url_name: venue.urlName, accepting: true },
    ]);
    expect((await send({ command: 'getRequests', venue_id: 7 })).body.requests).toEqual([]);
    await send({ command: 'clearRequests', venue_id: 7 });
    expect(await open(theirs.id)).toHaveLength(1);
  });

  describe('nothing, and changes nothing, when the request to delete is not in the queue', () => {
    it.each<[string, () => Promise<number>]>([
      [
        'because it was deleted before',
        async () => {
          const id = await submit(venue.id);
          await send({ command: 'deleteRequest', venue_id: 7, request_id: id });
          return id;
        },
      ],
      ['because it never existed', async () => 2147483647],
      ['because OpenKJ has none selected', async () => -1],
      [
        'because it is in the queue of another venue',
        async () => {
          const other = await createVenue(app.dataSource.manager, { customerProfileId: host.id });
          return submit(other.id);
        },
      ],
      [
        'because it is another customer’s',
        async () => {
          const { host: other } = await createHost(app);
          const theirs = await createVenue(app.dataSource.manager, { customerProfileId: other.id });
          return submit(theirs.id);
        },
      ],
    ])('%s', async (_, prepare) => {
      await submit(venue.id);
      const request_id = await prepare();
      const [{ count }] = await countOpen();
      const before = await serial();
      const { body } = await send({ command: 'deleteRequest', venue_id: 7, request_id });
      expect(body).toEqual({ command: 'deleteRequest', error: false, serial: before });
      expect(await countOpen()).toEqual([{ count }]);
    });

    const countOpen = () =>
      database.query('SELECT count(*)::int FROM requests WHERE NOT processed');
  });

  it('a command with an internal error without details of the database, and logs the error', async () => {
    await database.query('ALTER TABLE state RENAME TO state_away');
    try {
      logger.clear();
      await expectRefusal(
        send({ command: 'getSerial' }),
        'getSerial',
        'The server failed. Try again in a moment. If it fails again, tell its operator.',
      );
      expect(logger.messages('error', 'OpenKJ').join()).toContain('state');
      expect(logger.text).not.toContain(key);
    } finally {
      await database.query('ALTER TABLE state_away RENAME TO state');
    }
  });

  describe('a body that is not a command with an HTTP status, which OpenKJ shows when the host tests:', () => {
    it.each<[string, () => Promise<{ status: number }>, number]>([
      ['no JSON', () => post(app, '{"command": '), 400],
      [
        'more than 4 MB',
        () => post(app, { command: 'addSongs', api_key: 'k'.repeat(4 << 20) }),
        413,
      ],
      ['another method', () => app.request('GET', '/openkj'), 404],
      ['another path', () => app.request('POST', '/openkj/api', { body: {} }), 404],
    ])('%s', async (_, request, status) => {
      expect((await request()).status).toBe(status);
    });

    it('but an array or a form, which has no key, with status 200', async () => {
      await expectRefusal(post(app, '[]'), '', rejected);
      const headers = { 'content-type': 'application/x-www-form-urlencoded' };
      const form = app.request('POST', '/openkj', { body: 'command=getSerial', headers });
      await expectRefusal(form, 'getSerial', rejected);
      const bare = app.request('POST', '/openkj', {
        body: 'x',
        headers: { 'content-type': 'a/b' },
      });
      await expectRefusal(bare, '', rejected);
    });
  });
});
