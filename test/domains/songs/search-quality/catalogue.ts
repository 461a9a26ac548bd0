import { queries, rivals } from './queries.js';

interface Song {
  artist: string;
  title: string;
}

/** A query with the song that should come first; `*` is any title. */
export interface ExpectedHit extends Song {
  kind: string;
  query: string;
}

/** The queries of the list, with the song that should be found first by each. */
export const expectedHits: readonly ExpectedHit[] = Object.entries(queries).flatMap(
  ([kind, lines]) =>
    linesOf(lines).map((line) => {
      const [query, song] = line.split(' => ') as [string, string];
      return { kind, query, ...songOf(song) };
    }),
);

/**
 * Makes the songs of the queries, similar songs, and this many others by invented artists. Most of the others
 * have words that are frequent in titles, some are by the artists of the queries, and some are in other
 * scripts. The songs are the same in every run.
 */
export function catalogue(others: number): Song[] {
  const named = [...expectedHits, ...linesOf(rivals).map(songOf)];
  const known = [
    ...new Map(
      named
        .filter(({ title }) => title !== '*')
        .map((song) => [`${song.artist} - ${song.title}`, song]),
    ).values(),
  ];
  const random = randomNumbers(20_260_101);
  const draw = <Item>(items: readonly Item[]) => items[Math.floor(random() ** 1.5 * items.length)]!;
  const any = <Item>(items: readonly Item[]) => items[Math.floor(random() * items.length)]!;
  const phrase = (words: readonly string[], most: number) =>
    Array.from({ length: 1 + Math.floor(random() * most) }, () => draw(words)).join(' ');
  const invented = Array.from({ length: others }, (): Song => {
    const kind = random();
    if (kind < 0.05) return { artist: any(known).artist, title: phrase(titleWords, 4) };
    if (kind < 0.08) return { artist: phrase(cyrillicWords, 2), title: phrase(cyrillicWords, 4) };
    if (kind < 0.11) return { artist: phrase(japaneseWords, 2), title: phrase(japaneseWords, 3) };
    const artist =
      random() < 0.3 ? `The ${draw(titleWords)}s` : `${draw(firstNames)} ${draw(lastNames)}`;
    // Titles that begin or end like a song of the queries.
    const title =
      kind < 0.16
        ? `${phrase(any(known).title.split(' '), 2)} ${draw(titleWords)}`
        : phrase(titleWords, 5);
    return { artist, title };
  });
  return [...known, ...invented].map(({ artist, title }) => ({ artist, title }));
}

function linesOf(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

function songOf(line: string): Song {
  const [artist, title] = line.split(' | ') as [string, string];
  return { artist, title };
}

/** Generates pseudo-random numbers from 0 to below 1, the same for the same seed (mulberry32). */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const capital = (word: string) => word[0]!.toUpperCase() + word.slice(1);

const titleWords =
  `love you me the my baby to night in heart a time I of and your it on we girl don't one is all go for up
  be just no what that like this can know let's life day way world never down home man back away say want
  come get good got now she little still tonight if with dance rock blue where feel light fire another
  right song boy more she's only need make long I'm you're last sweet take here so stay about every again
  when sun too will best hold real beautiful rain lonely something somebody crazy tell eyes dream dreams
  gonna give forever keep around over girls moon summer red black white gold wild young old new run road
  free heaven high river easy morning goodbye hello kiss ain't nobody everybody everything nothing think
  wish show believe break turn lost wonder wanna sunshine music angel devil city street train friend
  friends mine blues boogie soul dirty happy sad mind play radio fool lover magic money mama papa country
  christmas santa bell bells star stars sky ocean sea wind storm thunder lightning diamond ring queen king
  prince lady woman women hotel california tiger eye bridge water fast car truck beer whiskey tennessee
  texas georgia memphis london paris purple rose roses candle smoke mirror shadow ghost monster hero
  single power body touch perfect shape true truth lies lie cry tears smile laugh sing singing dancing
  walking running falling flying waiting talking living loving rolling rocking knocking broken open`
    .split(/\s+/)
    .map(capital);

const firstNames =
  `John Mary Billy Amy Johnny Lisa Bobby Anna Jimmy Ella Tommy Sara Ray Kate Joe Nina Frank Rose Bruce
  Tina Elvis Donna George Carly Neil Diana Paul Janet Sam Gloria Otis Dolly Hank Patsy Willie Loretta Tim
  Faith Garth Reba Alan Shania Toby Carrie Luke Miranda Blake Kelly Keith Martina Brad Sheryl Rod Cher
  Phil Alanis Bryan Céline Barry Whitney Lionel Mariah Stevie Aretha Marvin Etta Ben Nora Michel Björn`.split(
    /\s+/,
  );

const lastNames =
  `Jones Smith Lee King Brown Davis Young Gray Cash Cole Bell Stone Rivers Woods Fields Hill Banks Cooper
  Turner Parker Carter Mason Fox Wolf Byrd Love Day Knight Bishop Price Rich Strong Swift Sharp Best Good
  Nelson Jackson Johnson Williams Thompson Robinson Simpson Gibson Watson Harrison Morrison Jensen Hansen
  Müller Schäfer Nuñez García Åberg Løvås Kovač Wójcik Ångström O'Brien McKay DeVito Van-Damme St.John`.split(
    /\s+/,
  );

const cyrillicWords =
  `Любовь Ночь Звезда Сердце Песня Дорога Город Весна Осень Белый Чёрный Море Ветер Ты Я Мой Моя Снова
  Только Небо Дождь Солнце Луна Жизнь Мечта Поезд Друзья Миллион Группа Роза Кровь Танец Голос`.split(
    /\s+/,
  );

const japaneseWords =
  `さくら 桜 愛 ラブ 夢 ドリーム 夏 海 星 スター 空 風 涙 なみだ こころ ハート ライオン ファースト 春 のうた
  東京 トーキョー ありがとう さよなら ダンス 花 ひまわり 月 光 雨 マツリ まつり サンバ`.split(
    /\s+/,
  );
