import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { demoAccounts, RequestRepository, SeedModule, SeedService } from '@singr/database';
import { ApiModule } from '../../../examples/api/src/api.module.js';
import { actorOf } from '../../../examples/api/src/auth/api-request.js';
import { useDatabase } from '../../support/database.js';
import { createTestApp, type TestApp } from '../../support/test-app.js';
import { OpenKjClient } from './openkj-client.js';

/** The bytes that OpenKJ sent and received. `UPDATE_GOLDEN=1` writes the file again. */
const goldenFile = join(__dirname, 'evening.golden.txt');

/**
 * Plays an evening with a client that is modelled on OpenKJ's source, and compares every byte that is sent
 * and received with a file.
 */
describe('an evening with OpenKJ', () => {
  const database = useDatabase();
  const transcript: string[] = [];
  let app: TestApp;
  let [key, keyId] = ['', ''];
  let openkj: OpenKjClient;
  let customer: Send;
  let singer: Send;
  let venueId: string;
  type Send = (method: string, path: string, body?: unknown) => Promise<any>;

  beforeAll(async () => {
    app = await createTestApp(database, {
      imports: [SeedModule, ApiModule],
      databaseOptions: { actor: actorOf },
    });
    await app.get(SeedService).run();
    customer = await signedIn('customer');
    singer = await signedIn('singer');
    ({ key, id: keyId } = await customer('POST', '/api-keys', { description: 'OpenKJ' }));
    venueId = (await customer('GET', '/venues')).items[0].id;
    openkj = new OpenKjClient({ url: `${app.url}/openkj`, apiKey: key });
    openkj.onExchange = (command, answer) => transcript.push(`>>> ${command}<<< ${answer}\n`);
  });

  async function signedIn(who: keyof typeof demoAccounts): Promise<Send> {
    const { email, password } = demoAccounts[who];
    const { body } = await app.request('POST', '/sessions', { body: { email, password } });
    const headers = { authorization: `Bearer ${body.token}` };
    return async (method, path, content) =>
      (await app.request(method, path, { body: content, headers })).body;
  }

  const scene = (title: string, play: () => Promise<void>) =>
    it(title, async () => {
      transcript.push(`# ${title}\n`);
      await play();
    });
  const ask = async (artist: string, title: string, keyChange = 0): Promise<string> =>
    (await singer('POST', `/venues/${venueId}/requests`, { artist, title, keyChange })).request.id;

  scene('the host tests the connection', async () => {
    expect(await openkj.test()).toBe('passed');
  });

  scene('OpenKJ starts', async () => {
    await openkj.start();
    expect(openkj.venues).toEqual([
      { venueId: 1001, name: 'Test Karaoke Bar', urlName: 'test-karaoke-bar', accepting: true },
    ]);
    expect(openkj.venue).toBe(1001);
    expect(openkj.entitledSystems).toBe(1);
    expect(openkj.accepting).toBe(true);
  });

  scene('the host uploads while OpenKJ has no songs', () => openkj.updateSongDb([]));

  scene('the host uploads the songs', async () => {
    await openkj.updateSongDb([
      { artist: 'ABBA', title: 'Gimme! Gimme! Gimme! (A Man After Midnight)' },
      { artist: 'Beyoncé', title: 'Halo' },
      { artist: 'Guns N’ Roses', title: 'Knockin’ on Heaven’s Door' },
      { artist: '', title: 'Nobody sings this' },
      { artist: 'Queen', title: 'Bohemian Rhapsody' },
      { artist: '“Weird Al” Yankovic', title: 'The "Tab"\tand the \\' },
      { artist: '宇多田ヒカル', title: 'First Love 🎤' },
    ]);
    const found = await singer('GET', `/venues/${venueId}/songs?q=bohemian`);
    expect(found).toMatchObject([{ artist: 'Queen', title: 'Bohemian Rhapsody' }]);
  });

  scene('the host closes the venue', async () => {
    await openkj.setAccepting(false);
    expect(openkj.accepting).toBe(false);
  });

  scene('the host opens the venue', async () => {
    await openkj.setAccepting(true);
    expect(openkj.accepting).toBe(true);
  });

  scene('OpenKJ polls, and sees the venue and the queue', async () => {
    await openkj.wait(30);
    expect(openkj.serial).toBe(3);
    expect(openkj.requests).toEqual([]);
  });

  scene('OpenKJ polls, and nothing has changed', () => openkj.wait(30));

  scene('a singer asks for two songs, and OpenKJ polls', async () => {
    await ask('Queen', 'Bohemian Rhapsody');
    await ask('Beyoncé', 'Halo', -2);
    await openkj.wait(30);
    const stored = await app.get(RequestRepository).findOpen(venueId);
    expect(openkj.requests).toEqual(
      stored.map(({ id, artist, title, keyChange, requestedAt }) => ({
        requestId: Number(id),
        artist,
        title,
        singer: 'RockStar',
        time: Math.floor(requestedAt.getTime() / 1000),
        key: keyChange,
      })),
    );
  });

  scene('the host puts the first request into the rotation', async () => {
    await openkj.removeRequest(openkj.requests[0]!.requestId);
    expect(openkj.requests.map(({ title }) => title)).toEqual(['Halo']);
  });

  scene('the host clears the queue', async () => {
    await openkj.clearRequests();
    expect(openkj.requests).toEqual([]);
  });

  scene('the customer renames the venue, and OpenKJ polls', async () => {
    await customer('PATCH', `/venues/${venueId}`, { name: 'Singing Cowboy Saloon' });
    await openkj.wait(30);
    expect(openkj.venues.map(({ name }) => name)).toEqual(['Singing Cowboy Saloon']);
  });

  scene('the customer adds a venue, and OpenKJ polls', async () => {
    const address = {
      address: '500 Broadway',
      city: 'Nashville',
      state: 'TN',
      postalCode: '37203',
    };
    const venue = { name: 'The Golden Microphone', urlName: 'golden-microphone', ...address };
    await customer('POST', '/venues', { ...venue, openkjVenueId: 7 });
    await openkj.wait(30);
    expect(openkj.venues.map(({ venueId }) => venueId)).toEqual([7, 1001]);
    expect(openkj.venue).toBe(1001);
  });

  scene('the customer deletes the venue that the host has chosen, and OpenKJ polls', async () => {
    await customer('DELETE', `/venues/${venueId}`);
    await openkj.wait(30);
    expect(openkj.venues.map(({ venueId }) => venueId)).toEqual([7]);
    expect(openkj.venue).toBe(7);
    expect(openkj.log).toEqual(['You have no venue with the number 1001. Choose a venue.']);
    openkj.log.length = 0;
  });

  scene('the customer revokes the key, and OpenKJ goes on polling', async () => {
    await customer('DELETE', `/api-keys/${keyId}`);
    await openkj.wait(30);
    expect(openkj.log).toHaveLength(1);
    expect(openkj.windows).toEqual([]);
  });

  it('every byte is as in the file', () => {
    const played = transcript
      .join('\n')
      .replaceAll(key, 'sk_the-key-of-the-customer')
      .replaceAll(/"request_time":\d{10}\b/g, '"request_time":<seconds>');
    if (process.env.UPDATE_GOLDEN) writeFileSync(goldenFile, played);
    expect(played).toBe(readFileSync(goldenFile, 'utf8'));
  });
});
