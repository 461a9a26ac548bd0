import { songFingerprint } from '../text/song-text.js';
import {
  hasWholeWords,
  isNamed,
  isNear,
  nameOf,
  rankHits,
  rankSimilar,
  sorted,
  tied,
  worthCounting,
} from './rank.js';
import type { RankedSong } from './rank.js';
import { beginsWords, compactText, typedText, type TypedText } from './search-expressions.js';
import {
  beginnings,
  beginningsOfWords,
  beginningsThenWords,
  lettersOfWords,
  named,
  neighbours,
  requestsOf,
  similar,
  type Candidate,
  type Scope,
  type SongRequests,
  type Statement,
} from './search-statements.js';

/** Runs a statement that only reads. */
export type Read = <Row>(statement: Statement) => Promise<Row[]>;

/** The maximum numbers of songs in a search. */
export interface Extent {
  /** Songs in the result. */
  limit: number;
  /** Songs that are sorted. If more songs have the typed words, the others are not considered. */
  candidates: number;
  /** Songs of equal rank that are sorted by requests. */
  rivals: number;
}

/** With fewer songs than this, the query may have been mistyped. */
const fewSongs = 5;

/**
 * The number of songs that are compared with the typed text, and the similarity that they need when other
 * songs match it.
 */
const mostSimilar = 50;
const leastSimilarity = 0.55;

/** With fewer letters, songs are not sorted by requests: people go on typing. */
const fewLetters = 3;

/**
 * Searches in steps, each only when the steps before it found too little. The first finds artists and titles
 * that begin with the typed text; its cost does not depend on their number. The second finds songs with the
 * typed words in any order. If few songs match and none by name, the third finds songs near the typed text in
 * the alphabet. If none match at all, it finds similar texts instead.
 */
export async function searchSongs(
  read: Read,
  query: string,
  scope: Scope,
  extent: Extent,
): Promise<Candidate[]> {
  const typed = typedText(query);
  if (typed.normalized === '') return [];
  const hits = await rankedHits(read, typed, scope, extent);
  const others = isDoubtful(hits) ? await alike(read, typed, scope, hits) : [];
  const songs = others.length === 0 ? hits : sorted([...hits, ...others]);
  const ordered = await byRequests(read, typed, scope, songs, extent);
  return ordered.slice(0, extent.limit).map(({ song }) => song);
}

/**
 * Whether the query may have been mistyped: few songs match, and none by name. While the last word is
 * unfinished, the user is still typing.
 */
function isDoubtful(hits: readonly RankedSong[]): boolean {
  const [best] = hits;
  return best === undefined || (hits.length < fewSongs && hasWholeWords(best) && !isNamed(best));
}

/**
 * The songs that match, with their ranks. If more than `limit` songs begin with the typed text, only the
 * first in the alphabet are found. If there may be more songs with the typed name, all of those are added, so
 * that they can be sorted by requests.
 */
async function rankedHits(
  read: Read,
  typed: TypedText,
  scope: Scope,
  extent: Extent,
): Promise<RankedSong[]> {
  const found = await matching(read, typed, scope, extent);
  const hits = sorted(rankHits(typed, found.values()));
  const isEarly = typed.compact.length < fewLetters;
  if (isEarly || found.size < extent.limit) return hits;
  if (!mayHaveNamesakes(typed, hits, extent, titlesRead(typed, scope, extent))) return hits;
  const songs = await read<Candidate>(named(typed, scope, extent.rivals));
  const others = new Map(songs.filter(({ id }) => !found.has(id)).map((song) => [song.id, song]));
  return sorted([...hits, ...rankHits(typed, others.values())]);
}

/**
 * The number of titles that the first statement reads. If it is a cheap one, it reads all that may be sorted by
 * requests, because the titles that equal the typed text are the first in the alphabet that begin with it.
 */
function titlesRead(typed: TypedText, scope: Scope, { limit, rivals }: Extent): number {
  const isCheap = typed.compact.length >= fewLetters && needsOnlyBeginnings(typed, scope);
  return isCheap ? Math.max(limit, rivals) : limit;
}

/** Whether more songs than those found may have the typed title or artist. */
function mayHaveNamesakes(
  { compact, normalized }: TypedText,
  hits: readonly RankedSong[],
  { limit, rivals }: Extent,
  titles: number,
): boolean {
  const named = hits.filter(isNamed);
  const isCut = named.filter(({ title }) => compactText(title) === compact).length >= titles;
  return (
    (isCut && titles < rivals) ||
    // The songs of an artist are not the first in the alphabet that begin with the artist.
    named.filter(({ artist }) => artist === normalized).length >= limit / 2
  );
}

/** The songs that match, by their ids. */
async function matching(
  read: Read,
  typed: TypedText,
  scope: Scope,
  extent: Extent,
): Promise<Map<string, Candidate>> {
  const { limit, candidates } = extent;
  const found = new Map<string, Candidate>();
  const add = (songs: Candidate[]) => songs.forEach((song) => found.set(song.id, song));
  const isSplit = needsOnlyBeginnings(typed, scope);
  const songs = await read<Candidate>(
    isSplit
      ? beginnings(typed, scope, limit, titlesRead(typed, scope, extent))
      : beginningsThenWords(typed, scope, limit, candidates),
  );
  add(songs.filter(({ isBeginning = true }) => isBeginning));
  if (found.size < limit && typed.searchable.length > 0) {
    const withLetters = isSplit
      ? await read<Candidate>(lettersOfWords(typed, scope, candidates))
      : songs.filter(({ isBeginning }) => !isBeginning);
    add(await withWords(read, withLetters, typed, scope, { limit, candidates }));
  }
  return found;
}

/**
 * Whether enough songs probably begin with the typed text: one word or its beginning, and in one catalogue
 * only a few letters. The search for words is then a statement of its own, because PostgreSQL plans it even
 * if it does not run, which takes as long as the rest.
 */
function needsOnlyBeginnings(
  { compact, searchable }: TypedText,
  { customerProfileId }: Scope,
): boolean {
  return (
    compact.length < fewLetters || (customerProfileId === undefined && searchable.length === 1)
  );
}

/**
 * Keeps the songs in which each typed word begins a word. Checking this here is much faster than in
 * PostgreSQL. PostgreSQL checks it only if not all songs were read and too few of those read are left.
 */
async function withWords(
  read: Read,
  songs: readonly Candidate[],
  typed: TypedText,
  scope: Scope,
  { limit, candidates }: Pick<Extent, 'limit' | 'candidates'>,
): Promise<Candidate[]> {
  const found = songs.filter(({ normalized }) => beginsWords(typed, normalized));
  const isAll = songs.length < candidates;
  return isAll || found.length >= limit
    ? found
    : read<Candidate>(beginningsOfWords(typed, scope, candidates));
}

/** Songs that are similar to the typed text and do not match it. */
async function alike(
  read: Read,
  typed: TypedText,
  scope: Scope,
  hits: readonly RankedSong[],
): Promise<RankedSong[]> {
  if (typed.searchable.length === 0) return [];
  if (hits.length > 0) {
    const known = new Set(hits.map(({ song }) => song.id));
    const near = await read<Candidate>(neighbours(typed, scope, mostSimilar));
    return rankSimilar(
      typed,
      new Map(near.filter(({ id }) => !known.has(id)).map((song) => [song.id, song])).values(),
      leastSimilarity,
    );
  }
  let found: RankedSong[] = [];
  for (const threshold of thresholds(typed, scope)) {
    const songs = await read<Candidate>(similar(typed, scope, mostSimilar, threshold));
    found = songs[0]!.id === null ? [] : rankSimilar(typed, songs, 0);
    // A more lenient search is not needed.
    if (found.some(isNear)) break;
  }
  return found;
}

/** Sorts songs of equal rank by their number of requests. */
async function byRequests(
  read: Read,
  typed: TypedText,
  scope: Scope,
  songs: readonly RankedSong[],
  extent: Extent,
): Promise<readonly RankedSong[]> {
  if (typed.compact.length < fewLetters) return songs;
  const rivals = worthCounting(tied(songs, extent.limit)).slice(0, extent.rivals);
  if (rivals.length === 0) return songs;
  const different = new Map(rivals.map((song) => [nameOf(song), song]));
  const names = new Map(
    [...different].map(([name, { artist, title }]) => [songFingerprint(artist, title), name]),
  );
  const rows = await read<SongRequests>(requestsOf([...names.keys()], scope));
  if (rows.length === 0) return songs;
  const requests = new Map(rows.map((row) => [names.get(row.fingerprint)!, row]));
  return sorted(songs, requests);
}

/**
 * The similarities to search with, from strict to lenient.
 *
 * A word of n letters has n + 1 trigrams. A wrong, missing or additional letter changes three of them; two
 * exchanged letters change four. The strict value allows four changed trigrams, or two mistakes in a longer
 * text. A more lenient search has to compare more songs, so it is used only for one customer's songs.
 */
function thresholds({ searchable }: TypedText, { customerProfileId }: Scope): number[] {
  const trigrams = searchable.reduce((sum, word) => sum + word.length + 1, 0);
  if (trigrams < 4) return [];
  const spoilt = trigrams < 20 ? 4 : 6;
  // The song's own letters in place of the mistyped ones count as well.
  const strict = Math.max(lenient, (trigrams - spoilt) / (trigrams + spoilt - 1));
  return customerProfileId === undefined || strict === lenient ? [strict] : [strict, lenient];
}

const lenient = 0.45;
