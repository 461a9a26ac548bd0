import { RequestService, StripePrice, Subscription, type Venue } from '@singr/database';
import { create } from '@singr/database/testing';
import { useDatabase } from '../../support/database.js';
import { createVenue } from '../../support/fixtures.js';
import { RecordingLogger } from '../../support/recording-logger.js';
import type { TestApp } from '../../support/test-app.js';
import { OpenKjClient } from './openkj-client.js';
import { createHost, post, startExample } from './openkj-server.js';
import type { JsonObject } from './qt-json.js';

/** OpenKJ polls all evening, and mostly nothing has changed. */
describe('OpenKJ’s polls', () => {
  const database = useDatabase();
  const logger = new RecordingLogger();
  let app: TestApp;
  let key: string;
  let venue: Venue;
  let openkj: OpenKjClient;

  beforeAll(async () => {
    app = await startExample(database, { logger });
    const { host, key: issued } = await createHost(app);
    key = issued;
    venue = await createVenue(app.dataSource.manager, {
      customerProfileId: host.id,
      openkjVenueId: 7,
    });
    openkj = new OpenKjClient({ url: `${app.url}/openkj`, apiKey: key });
    await openkj.start();
  });

  const submit = (title: string) =>
    app.get(RequestService).submit({ venueId: venue.id, artist: 'Queen', title });
  const statements = () =>
    logger
      .messages('debug', 'Database')
      .map((line) => line.replace(/^.*? ms: | \[request [^\]]*\]$/g, ''));
  const written = () =>
    database.query(
      `SELECT table_name, changed_columns, count(*)::int FROM audit_logs
       WHERE route IS NOT NULL GROUP BY table_name, changed_columns`,
    );

  it.each<JsonObject>([
    { command: 'getSerial' },
    { command: 'getVenues' },
    { command: 'getRequests', venue_id: 7 },
    { command: 'getAlert' },
    { command: 'getEntitledSystemCount' },
  ])('open no transaction and write nothing: %j', async (command) => {
    await submit('Innuendo');
    const before = await written();
    logger.clear();
    const { body } = await post(app, { api_key: key, ...command });
    expect(body).toMatchObject({ command: command.command, error: false });
    expect(statements().length).toBeGreaterThan(0);
    expect(statements().filter((statement) => !statement.startsWith('SELECT'))).toEqual([]);
    expect(await written()).toEqual(before);
  });

  it('differ from a command that writes', async () => {
    logger.clear();
    await post(app, { api_key: key, command: 'clearDatabase', system_id: 1 });
    expect(statements()).toContain('COMMIT');
  });

  it('add no entries except the use of the key, in four hours with some requests', async () => {
    await openkj.clearRequests();
    const [before] = await database.query('SELECT max(sequence) AS last FROM audit_logs');
    for (let hour = 0; hour < 4; hour++) {
      await submit(`Song ${hour}`);
      await openkj.wait(60);
      expect(openkj.requests).toHaveLength(hour + 1);
      await openkj.wait(3540);
    }
    const trail = await database.query(
      `SELECT table_name, operation, count(*)::int FROM audit_logs
       WHERE sequence > $1 AND table_name <> 'api_keys' GROUP BY 1, 2 ORDER BY 1`,
      [before.last],
    );
    expect(trail).toEqual([
      { table_name: 'requests', operation: 'INSERT', count: 4 },
      { table_name: 'state', operation: 'UPDATE', count: 4 },
    ]);
    expect(openkj.windows).toEqual([]);
    expect(openkj.log).toEqual([]);
  });

  it('find the queue again after the server was unavailable', async () => {
    const url = `${app.url}/openkj`;
    const settings = { url, apiKey: key };
    const other = new OpenKjClient(settings);
    await other.start();
    await other.wait(30);
    expect(other.requests).toHaveLength(4);
    settings.url = `${app.url}/nowhere`;
    await other.wait(360);
    expect(other.windows).toEqual(['It has been 330 seconds since we last received a response']);
    settings.url = url;
    await submit('The Show Must Go On');
    await other.wait(30);
    expect(other.requests.at(-1)).toMatchObject({ title: 'The Show Must Go On', singer: 'Guest' });
  });

  it('give a request whose id has more than 31 bits another number, and delete it', async () => {
    await openkj.clearRequests();
    await database.query(
      `SELECT setval(pg_get_serial_sequence('requests', 'requests_id'), 2147483646)`,
    );
    for (const title of ['a', 'b', 'c']) await submit(title);
    await openkj.refreshRequests();
    expect(openkj.requests.map(({ requestId, title }) => ({ requestId, title }))).toEqual([
      { requestId: 2147483647, title: 'a' },
      { requestId: 1, title: 'b' },
      { requestId: 2, title: 'c' },
    ]);
    await openkj.removeRequest(1);
    expect(openkj.requests.map(({ title }) => title)).toEqual(['a', 'c']);
  });

  it('get the number of systems that the customer is entitled to, at least 1', async () => {
    expect(openkj.entitledSystems).toBe(1);
    const { manager } = app.dataSource;
    const { id: price } = await create(manager, StripePrice, { metadata: { systems: '3' } });
    await create(manager, Subscription, {
      customerProfileId: venue.customerProfileId,
      livemode: true,
      items: [{ price, quantity: 1 }],
    });
    await openkj.getEntitledSystemCount();
    expect(openkj.entitledSystems).toBe(3);
  });

  it('see changes of the venue', async () => {
    await openkj.setAccepting(false);
    expect(openkj.venues).toEqual([
      { venueId: 7, name: venue.name, urlName: venue.urlName, accepting: false },
    ]);
  });
});
