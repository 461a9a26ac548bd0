import { CatalogueUploadService, type CustomerProfile, SongRepository } from '@singr/database';
import { useDatabase } from '../../support/database.js';
import type { TestApp } from '../../support/test-app.js';
import { OpenKjClient, type Song } from './openkj-client.js';
import { createHost, post, startExample } from './openkj-server.js';
import type { Json, JsonObject } from './qt-json.js';

/** OpenKJ clears the songs and sends them again in batches. It does not read the answers. */
describe('OpenKJ’s upload', () => {
  const database = useDatabase();
  let app: TestApp;
  let host: CustomerProfile;
  let key: string;
  let openkj: OpenKjClient;
  let answers: JsonObject[];

  beforeAll(async () => {
    app = await startExample(database);
  });

  beforeEach(async () => {
    ({ host, key } = await createHost(app));
    openkj = new OpenKjClient({ url: `${app.url}/openkj`, apiKey: key, systemId: 2 });
    answers = [];
    openkj.onExchange = (_, answer) => answers.push(JSON.parse(answer) as JsonObject);
  });

  const library = (count: number, word = 'Song'): Song[] =>
    Array.from({ length: count }, (_, i) => {
      const number = String(i + 1).padStart(5, '0');
      return { artist: `Artist ${number}`, title: `${word} ${number}` };
    });
  const stored = async () => {
    const songs = await app.get(SongRepository).findBySystem(host.id, 2);
    return songs.map(({ artist, title }) => ({ artist, title }));
  };
  const addSongs = (songs: Json) =>
    post(app, { api_key: key, command: 'addSongs', songs, system_id: 2 });

  it('arrives completely, and replaces the old songs', async () => {
    await openkj.updateSongDb(library(20, 'Old'));
    await openkj.updateSongDb(library(10));
    expect(await stored()).toEqual(library(10));
    expect(answers).toEqual([
      { command: 'clearDatabase', error: false },
      expect.objectContaining({ command: 'addSongs', 'entries processed': 20, errors: [] }),
      { command: 'clearDatabase', error: false },
      {
        command: 'addSongs',
        error: false,
        errors: [],
        'entries processed': 10,
        last_artist: 'Artist 00001',
        last_title: 'Song 00001',
      },
    ]);
  });

  it('ends with an empty batch if the batch before was full', async () => {
    await openkj.updateSongDb(library(1000));
    expect(await stored()).toHaveLength(1000);
    expect(answers.at(-1)).toEqual({
      command: 'addSongs',
      error: false,
      errors: [],
      'entries processed': 0,
      last_artist: '',
      last_title: '',
    });
  });

  it('lacks the songs that OpenKJ itself leaves out: one after each full batch', async () => {
    await openkj.updateSongDb(library(3003));
    const songs = await stored();
    expect(answers.map((answer) => answer['entries processed'])).toEqual([
      undefined,
      ...[1000, 1000, 1000, 0],
    ]);
    expect(
      library(3003).filter(({ title }) => !songs.some((song) => song.title === title)),
    ).toEqual([1001, 2002, 3003].map((number) => library(3003)[number - 1]));
  });

  it('shows singers the old songs until its last batch, and does not write unchanged songs', async () => {
    await openkj.updateSongDb(library(2002));
    const before = await stored();
    const newest = async () => {
      const [row] = await database.query<{ newest: string }>(
        `SELECT coalesce(max(sequence), 0)::text AS newest FROM audit_logs WHERE table_name = 'songdb'`,
      );
      return row!.newest;
    };
    const entries = await newest();
    const counts: number[] = [];
    openkj.onExchange = async () => {
      counts.push((await stored()).length);
    };
    await openkj.updateSongDb(library(2002));
    expect(counts.length).toBeGreaterThanOrEqual(4);
    expect(new Set(counts)).toEqual(new Set([before.length]));
    expect(await stored()).toEqual(before);
    expect(await newest()).toBe(entries);
  });

  it('is completed with the songs that arrived when its last batch does not arrive', async () => {
    await post(app, { api_key: key, command: 'clearDatabase', system_id: 2 });
    await addSongs(library(1000) as unknown as Json);
    expect(await stored()).toEqual([]);
    await app.get(CatalogueUploadService).finishQuiet({ quietForMs: 0 });
    expect(await stored()).toHaveLength(1000);
  });

  it('may have long titles in other scripts: four kilobytes a song', async () => {
    const title = '歌'.repeat(600);
    const songs = library(1000).map(({ artist }) => ({ artist, title: `${title} ${artist}` }));
    await openkj.updateSongDb(songs);
    expect(await stored()).toHaveLength(1000);
  });

  it('reports each invalid song, and accepts the others', async () => {
    const { body } = await addSongs([
      { artist: 'Queen', title: 'Innuendo' },
      { artist: 'Queen', title: ' ' },
      { artist: null, title: 'Innuendo' },
      { title: 'Innuendo' },
      { artist: 'a'.repeat(2001), title: 'Innuendo' },
      { artist: 'QUEEN', title: 'innuendo' },
    ]);
    expect(body).toEqual({
      command: 'addSongs',
      error: false,
      errors: [
        'song 2: no title',
        'song 3: no artist',
        'song 4: no artist',
        'song 5: longer than 2000 bytes',
      ],
      'entries processed': 6,
      last_artist: 'QUEEN',
      last_title: 'innuendo',
    });
    expect(await stored()).toEqual([{ artist: 'Queen', title: 'Innuendo' }]);
  });

  it('changes neither another system’s songs nor another customer’s', async () => {
    const other = await createHost(app);
    for (const [apiKey, systemId] of [
      [other.key, 2],
      [key, 1],
    ] as const) {
      await new OpenKjClient({ url: `${app.url}/openkj`, apiKey, systemId }).updateSongDb(
        library(3),
      );
    }
    await openkj.updateSongDb([]);
    expect(await app.get(SongRepository).countBy({ customerProfileId: other.host.id })).toBe(3);
    expect(await app.get(SongRepository).countBy({ customerProfileId: host.id })).toBe(3);
  });
});
