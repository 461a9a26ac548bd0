import { normalizeText } from '../text/song-text.js';
import type { Candidate, SongRequests } from './search-statements.js';
import { plainText, spokenText, type TypedText } from './search-expressions.js';
import { similarityTo } from './similarity.js';

/** A song, and how well it matches the typed text. */
export interface RankedSong {
  song: Candidate;
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
    const found = Math.max(similarity(artist, title), similarity(artist, mainTitle(title)));
    return found < leastSimilarity
      ? []
      : [{ song, rank: [tier.similar, distanceOf(found)] as const, length: title.length }];
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

/** The number of requests of songs, by their ids. */
export type Requests = ReadonlyMap<string, Pick<SongRequests, 'here' | 'everywhere'>>;

/**
 * Sorts songs, the best first. Songs of equal rank are sorted by requests here, then by requests everywhere,
 * then by length, then alphabetically.
 */
export function sorted(songs: readonly RankedSong[], requests?: Requests): RankedSong[] {
  const by = (count: 'here' | 'everywhere', a: RankedSong, b: RankedSong) =>
    (requests?.get(b.song.id)?.[count] ?? 0) - (requests?.get(a.song.id)?.[count] ?? 0);
  return [...songs].sort(
    (a, b) =>
      compareRanks(a, b) ||
      by('here', a, b) ||
      by('everywhere', a, b) ||
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
 * The songs whose requests are counted: those with the typed name, and recordings of one title. Other ties are not
 * worth a round trip.
 */
export function worthCounting(songs: readonly RankedSong[]): RankedSong[] {
  const titles = new Map<string, number>();
  const titleOf = ({ song }: RankedSong) => normalizeText(song.title);
  for (const song of songs) titles.set(titleOf(song), (titles.get(titleOf(song)) ?? 0) + 1);
  return songs.filter((song) => isNamed(song) || titles.get(titleOf(song))! > 1);
}

function rankedHit(typed: TypedText, song: Candidate): RankedSong {
  const [artist, title] = partsOf(song);
  const plain = togetherAndApart(plainText(artist), plainText(title), ' ');
  const isEarly = typed.compact.length < fewLetters;
  const tiers = plain.map((part) => tierOf(part, typed.plain));
  let best = Math.min(...tiers);
  if (best !== tier.equal && !isEarly) best = Math.min(best, tierAsSpelt(typed, plain, title));
  if (best === tier.words) {
    return { song, rank: [best, missedWords(typed, plain[2])], length: plain[2].length };
  }
  const part = plain[Math.max(0, tiers.indexOf(best))]!;
  return { song, rank: [best, 0], length: isEarly ? 0 : part.length };
}

type Parts = readonly [artist: string, title: string, both: string, reversed: string];

function togetherAndApart(artist: string, title: string, between: '' | ' '): Parts {
  return [artist, title, artist + between + title, title + between + artist];
}

/** The tier of a song when other spellings of its artist and title are accepted. */
function tierAsSpelt(typed: TypedText, [artist, title]: Parts, whole: string): number {
  // Nobody types the text in brackets.
  if (whole.includes(' (') && plainText(mainTitle(whole)) === typed.plain) return tier.alike;
  const spoken = togetherAndApart(spokenText(artist), spokenText(title), ' ');
  const compact = togetherAndApart(artist.replaceAll(' ', ''), title.replaceAll(' ', ''), '');
  const best = Math.min(
    ...spoken.map((part) => tierOf(part, typed.spoken)),
    ...compact.map((part) => tierOf(part, typed.compact)),
  );
  return best === tier.equal ? tier.alike : best;
}

/** The number of typed words that the text does not contain as whole words. */
function missedWords({ words }: TypedText, text: string): number {
  const padded = ` ${text} `;
  const isThere = (word: string) => padded.includes(` ${word} `);
  return words.filter((word) => !isThere(word) && !isThere(spokenText(word))).length;
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

function compareRanks(a: RankedSong, b: RankedSong): number {
  return a.rank[0] - b.rank[0] || a.rank[1] - b.rank[1];
}

/** Compares by code units, so that the order does not depend on the locale. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
