import pg from 'pg';
import { singr } from '../package-under-test.js';
import { addPeople, customerId, unaudited, userId } from '../data/fixtures.js';
import { columnsOf, insertSongs } from '../data/load-songs.js';
import { songs } from '../data/songs.js';
import { faster, noMore, type Figure } from '../figure.js';
import { interleaved, medians } from '../measure.js';
import { importMemory } from '../start/import-memory.js';
import { startModule } from '../peers/module.js';
import { startPrisma } from '../peers/prisma.js';
import type { Row } from '../row.js';

const catalogue = { customerProfileId: customerId(0), openkjSystemId: 1 };

export const importRow: Row = {
  number: 3,
  title: 'Import of songs',
  about:
    '100,000 songs into an empty catalogue, audited, by the same triggers and with the same indexes. The hand-written statement and Prisma get rows that are clean, different and normalised already; the module cleans, normalises and compares them itself, and takes them from a stream.',
  async run({ databases, size, say }) {
    const url = await databases.create('import');
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    await addPeople(client, 1);
    const app = await startModule(url);
    const service = app.get(singr.SongCatalogueService);
    const prisma = startPrisma(url);

    const rows = songs(size(100_000, 2000));
    const columns = columnsOf(rows);
    const records = rows.map(({ artist, title }, place) => ({
      ...catalogue,
      artist,
      title,
      combined: columns[2][place]!,
      normalizedCombined: columns[3][place]!,
    }));
    const asUser = `SELECT set_config('app.current_user_id', '${userId(0)}', true)`;
    const emptied = (work: () => Promise<unknown>) => async () => {
      await unaudited(client, () => client.query('TRUNCATE songdb, audit_logs'));
      await client.query('CHECKPOINT');
      const start = performance.now();
      await work();
      const time = performance.now() - start;
      const { rows: counted } = await client.query<{ songs: number; audited: number }>(
        `SELECT (SELECT count(*)::int FROM songdb) AS songs,
           (SELECT count(*)::int FROM audit_logs WHERE user_id = $1) AS audited`,
        [userId(0)],
      );
      if (counted[0]!.songs !== rows.length || counted[0]!.audited !== rows.length) {
        throw new Error(`Of ${rows.length} songs ${JSON.stringify(counted[0])} are there.`);
      }
      return time;
    };

    const times = medians(
      await interleaved(size(3, 1), {
        'hand-written pg, one statement': emptied(async () => {
          await client.query('BEGIN');
          await client.query(asUser);
          await client.query(insertSongs, [...Object.values(catalogue), ...columns]);
          await client.query('COMMIT');
        }),
        'Prisma, createMany': emptied(() =>
          prisma.$transaction(
            async (transaction) => {
              await transaction.$queryRawUnsafe(asUser);
              await transaction.songDb.createMany({ data: records });
            },
            { timeout: 600_000, maxWait: 60_000 },
          ),
        ),
        module: emptied(() =>
          singr.ActorContext.run({ userId: userId(0) }, () => service.import(rows, catalogue)),
        ),
      }),
    );
    await app.close();
    await prisma.$disconnect();
    say('memory');

    const figures: Figure[] = [
      {
        work: `${rows.length} songs`,
        unit: 'ms',
        values: times,
        targets: [
          noMore(
            'time of one hand-written statement',
            times.module,
            times['hand-written pg, one statement'],
            1.3,
          ),
          faster('Prisma', times.module, times['Prisma, createMany'], 3),
        ],
      },
    ];
    const peaks: Record<string, number> = {};
    const counts = [size(100_000, 2000), size(1_000_000, 20_000)];
    for (const count of counts) {
      await unaudited(client, () => client.query('TRUNCATE songdb, audit_logs'));
      peaks[`${count} songs`] = await importMemory(url, count);
    }
    const [small, large] = Object.values(peaks) as [number, number];
    figures.push({
      work: 'memory: how much the process grew while it imported',
      unit: 'MB',
      values: peaks,
      targets: [noMore('ten times the songs', large, small, 1.25)],
    });
    await client.end();
    await databases.drop(url);
    return { figures };
  },
};
