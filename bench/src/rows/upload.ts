import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { addPeople, customerId, userId } from '../data/fixtures.js';
import { songs } from '../data/songs.js';
import type { Figure } from '../figure.js';
import { median } from '../measure.js';
import { singr } from '../package-under-test.js';
import { startModule } from '../peers/module.js';
import type { Row } from '../row.js';

const system = { customerProfileId: customerId(0), openkjSystemId: 1 };
const batchSongs = 1000;

export const uploadRow: Row = {
  number: 10,
  title: 'Upload of a catalogue in parts',
  about:
    '100,000 songs that the catalogue has already, as OpenKJ sends them: a clear, and then 1,000 songs at a time. `written as they come` clears the catalogue and imports each part, as a service without staging does; the module keeps the parts and writes the difference at the end. Meanwhile a singer counts the songs, again and again.',
  async run({ databases, size, say }) {
    const url = await databases.create('upload');
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    await addPeople(client, 1);
    const app = await startModule(url);
    const catalogues = app.get(singr.SongCatalogueService);
    const uploads = app.get(singr.CatalogueUploadService);
    const rows = songs(size(100_000, 2000));
    const batches = Array.from({ length: Math.ceil(rows.length / batchSongs) }, (_, index) =>
      rows.slice(index * batchSongs, (index + 1) * batchSongs),
    );
    const asUser = <T>(work: () => Promise<T>) =>
      singr.ActorContext.run({ userId: userId(0) }, work);
    await asUser(() => catalogues.import(rows, system));
    const count = async (sql: string) =>
      (await client.query<{ count: number }>(`SELECT count(*)::int AS count FROM ${sql}`)).rows[0]!
        .count;

    /**
     * Measures the time of an upload, the audit entries that it wrote, and the fewest songs that a singer
     * saw.
     */
    async function measured(work: () => Promise<unknown>) {
      await client.query('VACUUM ANALYZE songdb');
      const entries = await count('audit_logs');
      let fewest = Infinity;
      let isOver = false;
      const singer = (async () => {
        while (!isOver) {
          fewest = Math.min(fewest, await count('songdb'));
          await sleep(20);
        }
      })();
      const start = performance.now();
      await asUser(work);
      const time = performance.now() - start;
      isOver = true;
      await singer;
      return { time, entries: (await count('audit_logs')) - entries, fewest };
    }

    const asTheyCome = async () => {
      await catalogues.clear(system);
      for (const batch of batches) await catalogues.import(batch, system);
    };
    const ends: number[] = [];
    const inParts = async () => {
      await uploads.begin(system, { replace: true });
      for (const batch of batches) await uploads.add(system, batch);
      const start = performance.now();
      await uploads.finish(system);
      ends.push(performance.now() - start);
    };
    say('written as they come');
    const before = await measured(asTheyCome);
    say('in parts');
    const rounds = [];
    for (let round = 0; round < size(3, 1); round++) rounds.push(await measured(inParts));
    await app.close();
    await client.end();
    await databases.drop(url);

    const entries = Math.max(...rounds.map(({ entries }) => entries));
    const fewest = Math.min(...rounds.map(({ fewest }) => fewest));
    const figures: Figure[] = [
      {
        work: `${rows.length} songs, the whole upload`,
        unit: 'ms',
        values: {
          'written as they come': before.time,
          module: median(rounds.map(({ time }) => time)),
        },
      },
      { work: 'of it, the end, in one transaction', unit: 'ms', values: { module: median(ends) } },
      {
        work: 'entries in the trail',
        unit: 'rows',
        values: { 'written as they come': before.entries, module: entries },
        targets: [{ what: 'entries', value: entries, bound: 'at most', limit: 0, unit: 'rows' }],
      },
      {
        work: 'the fewest songs that a singer saw',
        unit: 'rows',
        moreIsBetter: true,
        values: { 'written as they come': before.fewest, module: fewest },
        targets: [
          { what: 'songs', value: fewest, bound: 'at least', limit: rows.length, unit: 'rows' },
        ],
      },
    ];
    return { figures };
  },
};
