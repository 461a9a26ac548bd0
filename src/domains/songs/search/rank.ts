import { normalizeText } from '../text/song-text.js';
import type { Candidate, SongRequests } from './search-statements.js';
import { plainText, spokenText, type TypedText } from './search-expressions.js';
import { similarityTo } from './similarity.js';

/** A song, and how well it matches the typed text. */
export interface RankedSong {
  song: Candidate;
  /** In normalised form. */
  artist: string;
  title: string;
  /** Smaller is better; the second number counts only between equal tiers. */
  rank: readonly [tier: number, distance: number];
  /** The length of the matching text in characters. Shorter is better. */
  length: number;
}

/** With fewer typed letters, short texts are not preferred. */
const fewLetters = 3;

/** The tiers of songs, the best first. */
const tier = { equal: 0, alike: 1, wholeWords: 2, beginning: 3, words: 4, similar: 5 } as const;

/**
 * Ranks songs that match the typed text. First come songs whose artist, title, or both together equal it,
 * exactly or in another spelling. Then come those that begin with it, at the end of a word or within one.
 * Then come those that contain all the words; whole words come first.
 */
export function rankHits(typed: TypedText, candidates: Iterable<Candidate>): RankedSong[] {
  return [...candidates].map((song) => rankedHit(typed, song));
}

/** Ranks songs that are similar to the typed text. Songs that are not similar enough are left out. */
export function rankSimilar(
  typed: TypedText,
  candidates: Iterable<Candidate>,
  leastSimilarity: number,
): RankedSong[] {
  const similarity = similarityTo(typed.plain);
  return [...candidates].flatMap((song) => {
    const [artist, title] = partsOf(song);
    const main = mainTitle(title);
    const ofWhole = similarity(artist, title);
    const found = main === title ? ofWhole : Math.max(ofWhole, similarity(artist, main));
    const rank = [tier.similar, distanceOf(found)] as const;
    return found < leastSimilarity ? [] : [{ song, artist, title, rank, length: title.length }];
  });
}

/** In twentieths, so that songs with almost the same similarity are sorted by requests. */
function distanceOf(similarity: number): number {
  return Math.round((1 - similarity) * 20);
}

/** Whether a song is so similar to the typed text that it is probably meant. */
export function isNear({ rank }: RankedSong): boolean {
  return rank[0] < tier.similar || rank[1] <= farthest;
}

/** The distance of a similarity of 0.7. */
const farthest = 6;

/** Whether the typed text is the song's artist, title or both, and so not a misspelling. */
export function isNamed({ rank }: RankedSong): boolean {
  return rank[0] <= tier.alike;
}

/** Whether the song contains each typed word as a whole word. */
export function hasWholeWords({ rank }: RankedSong): boolean {
  return rank[0] <= tier.wholeWords || (rank[0] === tier.words && rank[1] === 0);
}

/** Artist and title, the same for all recordings that count as one song. */
export function nameOf({ artist, title }: RankedSong): string {
  return `${artist}\n${title}`;
}

/** The number of requests of songs, by their names. */
export type Requests = ReadonlyMap<string, Pick<SongRequests, 'here' | 'everywhere'>>;

/**
 * Sorts songs, the best first. Songs of equal rank are sorted by requests here, then by requests everywhere,
 * then by length, then alphabetically.
 */
export function sorted(songs: readonly RankedSong[], requests: Requests = new Map()): RankedSong[] {
  const by = (count: 'here' | 'everywhere', a: RankedSong, b: RankedSong) =>
    (requests.get(nameOf(b))?.[count] ?? 0) - (requests.get(nameOf(a))?.[count] ?? 0);
  return songs.toSorted(
    (a, b) =>
      compareRanks(a, b) ||
      (requests.size > 0 && (by('here', a, b) || by('everywhere', a, b))) ||
      a.length - b.length ||
      compare(a.song.normalized, b.song.normalized) ||
      Number(a.song.id) - Number(b.song.id),
  );
}

/**
 * Of the first `limit` sorted songs, and those that tie with the last of them, returns the songs that share
 * their rank with a neighbour.
 */
export function tied(songs: readonly RankedSong[], limit: number): RankedSong[] {
  const isLike = (song: RankedSong, other: RankedSong | undefined) =>
    other !== undefined && compareRanks(song, other) === 0;
  const last = songs[limit - 1];
  return songs.filter(
    (song, place) =>
      (place < limit || isLike(song, last)) &&
      (isLike(song, songs[place - 1]) || isLike(song, songs[place + 1])),
  );
}

/**
 * The songs whose requests are counted: different songs with the typed name, and with one title. Other ties are
 * not worth a round trip. In a search of all catalogues, most ties are one song in several of them.
 */
export function worthCounting(songs: readonly RankedSong[]): RankedSong[] {
  const groupOf = (song: RankedSong) => (isNamed(song) ? '' : song.title);
  const names = new Map<string, string>();
  const contested = new Set<string>();
  for (const song of songs) {
    const group = groupOf(song);
    const name = names.get(group);
    if (name === undefined) names.set(group, nameOf(song));
    else if (name !== nameOf(song)) contested.add(group);
  }
  return songs.filter((song) => contested.has(groupOf(song)));
}

function rankedHit(typed: TypedText, song: Candidate): RankedSong {
  const [artist, title] = partsOf(song);
  const plainArtist = plainText(artist);
  const plainTitle = plainText(title);
  const isEarly = typed.compact.length < fewLetters;
  const asTyped = bestTier(typed.plain, plainArtist, plainTitle, tierOf);
  const best =
    asTyped === tier.equal || isEarly
      ? asTyped
      : Math.min(asTyped, tierAsSpelt(typed, plainArtist, plainTitle, title));
  const both = plainArtist.length + 1 + plainTitle.length;
  if (best === tier.words) {
    const missed = missedWords(typed, `${plainArtist} ${plainTitle}`);
    return { song, artist, title, rank: [best, missed], length: both };
  }
  const isMatch = (part: string) => best < asTyped || tierOf(part, typed.plain) === best;
  const match = [plainArtist, plainTitle].find(isMatch);
  return { song, artist, title, rank: [best, 0], length: isEarly ? 0 : (match?.length ?? both) };
}

/** The best tier of the artist, the title, and both together in either order. */
function bestTier(
  typed: string,
  artist: string,
  title: string,
  tierIn: (part: string, typed: string) => number,
): number {
  let best = Math.min(tierIn(artist, typed), tierIn(title, typed));
  // Most songs begin with another letter.
  if (artist[0] === typed[0]) best = Math.min(best, tierIn(`${artist} ${title}`, typed));
  if (title[0] === typed[0]) best = Math.min(best, tierIn(`${title} ${artist}`, typed));
  return best;
}

/** The tier of a song when other spellings of its artist and title are accepted. */
function tierAsSpelt(typed: TypedText, artist: string, title: string, whole: string): number {
  // Nobody types the text in brackets.
  if (whole.includes(' (') && plainText(mainTitle(whole)) === typed.plain) return tier.alike;
  const best = Math.min(
    bestTier(typed.spoken, spokenText(artist), spokenText(title), tierOf),
    bestTier(typed.compact, artist, title, compactTierOf),
  );
  return best === tier.equal ? tier.alike : best;
}

/** The number of typed words that the text does not contain as whole words. */
function missedWords({ words, stems }: TypedText, text: string): number {
  const padded = ` ${text} `;
  const isThere = (word: string) => padded.includes(` ${word} `);
  return words.filter((word, place) => !isThere(word) && !isThere(stems[place]!)).length;
}

/** A title without the text in brackets at its end. */
function mainTitle(title: string): string {
  const at = title.indexOf(' (');
  return at === -1 ? title : title.slice(0, at);
}

const separator = ' - ';

/**
 * Artist and title in normalised form. They are cut from the song's normalised text, unless one of them
 * contains the separator.
 */
function partsOf({ artist, title, normalized }: Candidate): [artist: string, title: string] {
  const at = normalized.indexOf(separator);
  const isBetween = at !== -1 && at === normalized.lastIndexOf(separator);
  return isBetween
    ? [normalized.slice(0, at), normalized.slice(at + separator.length)]
    : [normalizeText(artist), normalizeText(title)];
}

function tierOf(part: string, typed: string): number {
  if (!part.startsWith(typed)) return tier.words;
  if (part.length === typed.length) return tier.equal;
  return part[typed.length] === ' ' ? tier.wholeWords : tier.beginning;
}

/** The tier of a text whose spaces are ignored. It compares letter by letter, which makes no new text. */
function compactTierOf(part: string, typed: string): number {
  let matched = 0;
  for (let place = 0; place < part.length; place++) {
    if (part[place] === ' ') continue;
    if (matched === typed.length) return tier.beginning;
    if (part[place] !== typed[matched]) return tier.words;
    matched++;
  }
  return matched === typed.length ? tier.equal : tier.words;
}

function compareRanks(a: RankedSong, b: RankedSong): number {
  return a.rank[0] - b.rank[0] || a.rank[1] - b.rank[1];
}

/** Compares by code units, so that the order does not depend on the locale. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
