import { SongCatalogueService, SongRepository } from '@singr/database';
import { useDatabase } from '../../support/database.js';
import { createCustomerProfile } from '../../support/fixtures.js';
import { createTestApp, type TestApp } from '../../support/test-app.js';

const database = useDatabase();
let app: TestApp;
let songs: SongRepository;
let catalogues: SongCatalogueService;
let ann: string;
let bob: string;

const rows = [
  ['Queen', 'Bohemian Rhapsody'],
  ['Queen', 'Killer Queen'],
  ['Queensrÿche', 'Silent Lucidity'],
  ['The Beatles', 'Hey Jude'],
  ['Beyoncé', 'Halo'],
  ['Beyoncé', "Don't Hurt Yourself"],
  ['AC/DC', 'Thunderstruck'],
  ['Elton John', 'Rocket Man (I Think It’s Going to Be a Long, Long Time)'],
  ['Adele', 'Hello'],
  ['Hellogoodbye', 'Here (In Your Arms)'],
  ['Lionel Richie', 'Hello'],
  ['Bryan Adams', '(Everything I Do) I Do It for You'],
  ['100%', 'Sudden Love'],
  ['!!!', 'Heart of Hearts'],
].map(([artist, title]) => ({ artist, title }));

beforeAll(async () => {
  app = await createTestApp(database);
  songs = app.get(SongRepository);
  catalogues = app.get(SongCatalogueService);
  ann = (await createCustomerProfile(app.dataSource.manager)).id;
  bob = (await createCustomerProfile(app.dataSource.manager)).id;
  await catalogues.import(rows, { customerProfileId: ann, openkjSystemId: 1 });
  await catalogues.import([{ artist: 'Queen', title: 'We Will Rock You' }], {
    customerProfileId: ann,
    openkjSystemId: 2,
  });
  await catalogues.import([{ artist: 'Queen', title: 'Flash' }], {
    customerProfileId: bob,
    openkjSystemId: 1,
  });
});

async function search(query: string, limit?: number): Promise<string[]> {
  const found = await songs.search({ query, customerProfileId: ann, openkjSystemId: 1, limit });
  return found.map(({ combined }) => combined);
}

describe('search()', () => {
  it.each([
    [
      'b',
      [
        "Beyoncé - Don't Hurt Yourself",
        'Beyoncé - Halo',
        'Bryan Adams - (Everything I Do) I Do It for You',
        'Queen - Bohemian Rhapsody',
        'The Beatles - Hey Jude',
        'Elton John - Rocket Man (I Think It’s Going to Be a Long, Long Time)',
      ],
    ],
    ['qu', ['Queen - Bohemian Rhapsody', 'Queen - Killer Queen', 'Queensrÿche - Silent Lucidity']],
    [
      'queen',
      ['Queen - Bohemian Rhapsody', 'Queen - Killer Queen', 'Queensrÿche - Silent Lucidity'],
    ],
    ['hello', ['Adele - Hello', 'Lionel Richie - Hello', 'Hellogoodbye - Here (In Your Arms)']],
    ['rhapsody queen', ['Queen - Bohemian Rhapsody']],
    ['queen boh', ['Queen - Bohemian Rhapsody']],
    ['RHAPS  bohem', ['Queen - Bohemian Rhapsody']],
    ['beyonce', ["Beyoncé - Don't Hurt Yourself", 'Beyoncé - Halo']],
    ['BEYONCÉ halo', ['Beyoncé - Halo']],
    ['dont hurt', ["Beyoncé - Don't Hurt Yourself"]],
    ['don’t hurt', ["Beyoncé - Don't Hurt Yourself"]],
    ['queensryche', ['Queensrÿche - Silent Lucidity']],
    ['everything i do', ['Bryan Adams - (Everything I Do) I Do It for You']],
    ['ac dc', ['AC/DC - Thunderstruck']],
    ['ac/dc - th', ['AC/DC - Thunderstruck']],
    ['i do', ['Bryan Adams - (Everything I Do) I Do It for You']],
    ['long', ['Elton John - Rocket Man (I Think It’s Going to Be a Long, Long Time)']],
    ['100%', ['100% - Sudden Love']],
    ['%', []],
    ['_', []],
    ['!!!', ['!!! - Heart of Hearts']],
    ['bohemain', ['Queen - Bohemian Rhapsody']],
    ['beatels', ['The Beatles - Hey Jude']],
    ['quene killer', ['Queen - Killer Queen']],
    ['elten jon', ['Elton John - Rocket Man (I Think It’s Going to Be a Long, Long Time)']],
    ['thunderstuck', ['AC/DC - Thunderstruck']],
    ['zzzzzz', []],
    ['', []],
    ['  ', []],
  ])('finds for %j %j', async (query, expected) => {
    const found = await search(query);
    if (expected.length === 1) expect(found[0]).toBe(expected[0]);
    else expect(found).toEqual(expected);
  });

  it('keeps the limit', async () => {
    expect(await search('queen', 1)).toEqual(['Queen - Bohemian Rhapsody']);
    expect(await search('bohemain', 1)).toHaveLength(1);
  });

  it('searches one system, one customer, or everywhere', async () => {
    const titles = async (where: object) =>
      (await songs.search({ query: 'queen', ...where })).map(({ title }) => title);
    expect(await titles({ customerProfileId: ann, openkjSystemId: 2 })).toEqual([
      'We Will Rock You',
    ]);
    expect(await titles({ customerProfileId: ann })).toEqual([
      'Bohemian Rhapsody',
      'Killer Queen',
      'We Will Rock You',
      'Silent Lucidity',
    ]);
    expect(await titles({})).toHaveLength(5);
    expect(await titles({ customerProfileId: bob })).toEqual(['Flash']);
    const typo = { query: 'qeen flahs', customerProfileId: bob, openkjSystemId: 1 };
    expect(await songs.search(typo)).toMatchObject([
      { customerProfileId: bob, openkjSystemId: 1, artist: 'Queen', title: 'Flash' },
    ]);
    expect(await songs.search({ ...typo, query: 'rapsody' })).toEqual([]);
  });

  it('finds a word that begins with the query among hundreds that contain it', async () => {
    const brothers = Array.from({ length: 350 }, (_, n) => ({
      artist: `Brothers ${n}`,
      title: 'Mothers',
    }));
    const scope = { customerProfileId: bob, openkjSystemId: 7 };
    await catalogues.import([...brothers, { artist: 'Nicole', title: 'Ten Others' }], scope);
    expect(await songs.search({ query: 'others', ...scope })).toMatchObject([
      { combined: 'Nicole - Ten Others' },
    ]);
    expect(await songs.search({ query: 'brot 349 moth', ...scope })).toMatchObject([
      { combined: 'Brothers 349 - Mothers' },
    ]);
  });

  it('does not change the session’s settings', async () => {
    const threshold = () =>
      app.dataSource.query(`SELECT current_setting('pg_trgm.word_similarity_threshold') AS value`);
    await app.dataSource.transaction(async () => {
      const before = await threshold();
      expect(await search('bohemain')).toHaveLength(1);
      expect(await threshold()).toEqual(before);
      expect(await search('zzzzzz')).toEqual([]);
      expect(await threshold()).toEqual(before);
    });
  });

  it('uses the indexes that the migration creates for it', async () => {
    const client = await database.connect();
    await client.query('SET enable_seqscan = off');
    const { beginningsThenWords, beginningsOfWords, similar } =
      await import('../../../src/domains/songs/search/search-statements.js');
    const { typedText } = await import('../../../src/domains/songs/search/search-expressions.js');
    const typed = typedText("don't hur");
    const system = { customerProfileId: ann, openkjSystemId: 1 };
    const plans: string[] = [];
    for (const { sql, parameters } of [
      beginningsThenWords(typed, {}, 25, 300),
      beginningsThenWords(typed, system, 25, 300),
      beginningsOfWords(typed, system, 300),
      similar(typed, system, 25, 0.5),
    ]) {
      const { rows: lines } = await client.query(`EXPLAIN ${sql}`, parameters);
      plans.push(lines.map((line) => line['QUERY PLAN']).join('\n'));
    }
    expect(plans[0]).toMatch(/idx_songdb_compact\b[\s\S]*idx_songdb_compact_title\b/);
    expect(plans[1]).toMatch(/idx_songdb_customer_system_compact_title/);
    for (const plan of plans.slice(1, 3)) expect(plan).toMatch(/Index Cond: .*~~.*~~.*@>/);
    expect(plans[3]).toMatch(/idx_songdb_words/);
  });

  it('searches words only when it finds too few beginnings', async () => {
    const { beginningsThenWords } =
      await import('../../../src/domains/songs/search/search-statements.js');
    const { typedText } = await import('../../../src/domains/songs/search/search-expressions.js');
    const plan = async (limit: number) => {
      const { sql, parameters } = beginningsThenWords(typedText("don't"), {}, limit, 300);
      const lines = await database.query(`EXPLAIN (ANALYZE) ${sql}`, parameters);
      return lines.map((line) => line['QUERY PLAN']).join('\n');
    };
    const [enough, tooFew] = [await plan(1), await plan(25)];
    expect(enough).toMatch(/CTE found\s+->.*never executed/);
    expect(tooFew).not.toMatch(/CTE found\s+->.*never executed/);
  });

  it.each([
    { openkjSystemId: 1 },
    { customerProfileId: 'x' },
    { customerProfileId: '7e0a5e6e-0000-4000-8000-000000000000', openkjSystemId: 1.5 },
    { customerProfileId: '7e0a5e6e-0000-4000-8000-000000000000', openkjSystemId: 2 ** 31 },
    { query: undefined as unknown as string },
  ])('refuses %o', async (values) => {
    await expect(songs.search({ query: 'queen', ...values })).rejects.toMatchObject({
      code: 'INVALID_SONG_SEARCH',
    });
  });

  it.each([0, 101, 2.5])('refuses a limit of %d', async (limit) => {
    await expect(songs.search({ query: 'queen', limit })).rejects.toMatchObject({
      code: 'INVALID_COUNT',
      message: `The limit is ${limit}, which is not valid. Give a whole number from 1 to 100.`,
    });
  });
});
