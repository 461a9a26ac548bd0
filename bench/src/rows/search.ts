import pg from 'pg';
import { singr } from '../package-under-test.js';
import { addPeople, customerId } from '../data/fixtures.js';
import { loadSongs } from '../data/load-songs.js';
import { randomNumbers, seed } from '../data/random.js';
import { catalogues, type Song } from '../data/songs.js';
import { faster, within, type Figure, type Target } from '../figure.js';
import { median, quantile } from '../measure.js';
import { startModule } from '../peers/module.js';
import type { Row } from '../row.js';

const customers = 20;

export const searchRow: Row = {
  number: 4,
  title: 'Song search',
  about:
    "1,000,000 songs of 20 customers, with words as frequent as in spoken English and artists of uneven fame. `before` is what the product did: `normalized_combined LIKE '%…%' ORDER BY normalized_combined LIMIT 25`, and a `COUNT(*)`, by hand-written `pg`. Each query is asked in turn of both, again and again; times are of one search.",
  async run({ databases, size, say }) {
    const url = await databases.create('search');
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    await addPeople(client, customers);
    const all = catalogues(customers, size(50_000, 500));
    await loadSongs(
      client,
      all.map((songs, place) => ({ customerProfileId: customerId(place), songs })),
    );
    const { rows } = await client.query<{ songs: number }>(
      'SELECT count(*)::int AS songs FROM songdb',
    );
    say(`${rows[0]!.songs} songs`);

    const app = await startModule(url);
    const repository = app.get(singr.SongRepository);
    const figures: Figure[] = [];
    const queries = queriesFrom(all[7]!, size(12, 2));
    for (const [place, scope] of [
      ['everywhere', {}],
      ['in one system', { customerProfileId: customerId(7), openkjSystemId: 1 }],
    ] as const) {
      for (const [kind, texts] of Object.entries(queries)) {
        const samples = await measure(texts, size(7, 1), {
          before:
            kind === 'with a typing error' ? undefined : (text) => before(client, text, scope),
          module: (text) => repository.search({ query: text, ...scope }),
        });
        figures.push(figureOf(place, kind, samples));
      }
      say(place);
    }

    await app.close();
    figures.push(await sizeOfIndexes(client));
    await client.end();
    await databases.drop(url);
    return {
      figures,
      notes: [
        'A p95 is over all queries of a kind and all rounds. What `before` found for a typing error is nothing, so it is not asked.',
      ],
    };
  },
};

type Scope = { customerProfileId?: string; openkjSystemId?: number };

async function before(client: pg.Client, text: string, scope: Scope): Promise<void> {
  const parameters: unknown[] = [`%${singr.normalizeText(text)}%`];
  let where = 'normalized_combined LIKE $1';
  if (scope.customerProfileId !== undefined) {
    parameters.push(scope.customerProfileId, scope.openkjSystemId);
    where += ' AND customer_profiles_id = $2 AND openkj_system_id = $3';
  }
  await client.query(
    `SELECT songdb_id, artist, title, combined FROM songdb WHERE ${where} ORDER BY normalized_combined LIMIT 25`,
    parameters,
  );
  await client.query(`SELECT count(*) FROM songdb WHERE ${where}`, parameters);
}

/** Makes queries, as people type them, from songs of the catalogue. */
function queriesFrom(songs: readonly Song[], count: number) {
  const random = randomNumbers(seed + 3);
  const drawn = Array.from(
    { length: count * 8 },
    () => songs[Math.floor(random() * songs.length)]!,
  );
  const wordsOf = ({ artist, title }: Song) =>
    singr
      .normalizeText(`${artist} ${title}`)
      .split(' ')
      .filter((word) => word.length >= 3);
  const words = drawn.map(wordsOf).filter((found) => found.length >= 3);
  const take = (texts: string[]) => [...new Set(texts)].slice(0, count);
  const at = (found: string[], place: number) => found[place % found.length]!;
  return {
    'one letter': take(words.map((found, n) => at(found, n).slice(0, 1))),
    'two letters': take(words.map((found, n) => at(found, n).slice(0, 2))),
    'a word': take(words.map((found, n) => at(found, n))),
    'two words': take(words.map((found) => `${found[2]} ${found[0]!.slice(0, 4)}`)),
    'a whole title': take(drawn.map(({ title }) => title).filter((title) => title.length > 8)),
    'with a typing error': take(
      drawn
        .map(({ artist, title }) => `${artist} ${title}`)
        .filter((text) => text.length > 12)
        .map((text, n) => text.slice(0, 4 + (n % 6)) + text.slice(5 + (n % 6))),
    ),
  };
}

type Samples = { before: number[]; module: number[] };

/** Runs the same queries by both contenders in turn. */
async function measure(
  texts: readonly string[],
  rounds: number,
  asked: {
    before: ((text: string) => Promise<unknown>) | undefined;
    module: (text: string) => Promise<unknown>;
  },
): Promise<Samples> {
  const samples: Samples = { before: [], module: [] };
  for (let round = -1; round < rounds; round++) {
    for (const text of texts) {
      for (const name of ['before', 'module'] as const) {
        // One round is enough for queries that take seconds.
        const ask = name === 'before' && round > 1 ? undefined : asked[name];
        if (ask === undefined) continue;
        const start = performance.now();
        await ask(text);
        if (round >= 0) samples[name].push(performance.now() - start);
      }
    }
  }
  return samples;
}

function figureOf(place: string, kind: string, { before, module }: Samples): Figure {
  const targets: Target[] = [];
  const p95 = quantile(module, 0.95);
  const isShort = kind.endsWith('letter') || kind.endsWith('letters');
  if (before.length > 0 && !isShort) {
    targets.push(
      faster('before', median(module), median(before), place === 'everywhere' ? 50 : 10),
    );
  }
  targets.push(within('p95', p95, kind === 'with a typing error' ? 50 : 10));
  return {
    work: `${place}, ${kind}`,
    unit: 'ms',
    values: {
      ...(before.length > 0 ? { before: median(before) } : {}),
      module: median(module),
      'module, p95': p95,
    },
    targets,
  };
}

async function sizeOfIndexes(client: pg.Client): Promise<Figure> {
  const { rows } = await client.query<{ name: string; bytes: string }>(
    `SELECT indexrelname AS name, pg_relation_size(indexrelid) AS bytes
     FROM pg_stat_user_indexes WHERE relname = 'songdb' ORDER BY 2 DESC`,
  );
  return {
    work: 'the other side of the indexes: their size',
    unit: 'MB',
    values: Object.fromEntries(rows.map(({ name, bytes }) => [name, Number(bytes) / 1e6])),
  };
}
