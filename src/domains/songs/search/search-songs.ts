import { songFingerprint } from '../text/song-text.js';
import { hasWholeWords, isNamed, isNear, rankHits, rankSimilar, sorted, tied } from './rank.js';
import type { RankedSong } from './rank.js';
import { beginsWords, typedText, type TypedText } from './search-expressions.js';
import {
  beginningsOfWords,
  beginningsThenWords,
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

/** How many songs at most. */
export interface Extent {
  /** Songs in the result. */
  limit: number;
  /** Songs that are put in order when many have the typed words: some, not all, of those. */
  candidates: number;
  /** Songs of the same rank that are put in the order of requests. */
  rivals: number;
}

/** With so few songs somebody may have mistyped, and look for another one. */
const fewSongs = 5;

/** Songs that are compared with a typed text, and how similar to it they must be when others match it. */
const mostSimilar = 50;
const leastSimilarity = 0.55;

/** Fewer letters than these are not worth putting in the order of requests: the next one comes. */
const fewLetters = 3;

/**
 * Asks in up to four steps, each only when those before did not find enough: beginnings, which cost the same
 * however many there are; words in any order; when few have them, and none is just what was typed, those near
 * it in the alphabet; and texts that are similar in any part, when nothing else is there.
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
  const songs = isDoubtful(hits) ? [...hits, ...(await alike(read, typed, scope, hits))] : hits;
  const ordered = await byRequests(read, typed, scope, sorted(songs), extent);
  return ordered.slice(0, extent.limit).map(({ song }) => song);
}

/**
 * Whether something else may have been meant: few songs have what was typed, and not as a name. With the last
 * word unfinished somebody is still typing.
 */
function isDoubtful(hits: readonly RankedSong[]): boolean {
  const [best] = hits;
  return best === undefined || (hits.length < fewSongs && hasWholeWords(best) && !isNamed(best));
}

/**
 * The songs that have what was typed. Where more begin with it than the limit, the alphabet has chosen among
 * them: if many of those have it as their name, all that have are there, to be put in the order of requests.
 */
async function rankedHits(
  read: Read,
  typed: TypedText,
  scope: Scope,
  extent: Extent,
): Promise<RankedSong[]> {
  const found = await matching(read, typed, scope, extent);
  const hits = sorted(rankHits(typed, found.values()));
  const isCut = found.size >= extent.limit && typed.compact.length >= fewLetters;
  if (!isCut || hits.filter(isNamed).length < extent.limit / 2) return hits;
  const songs = await read<Candidate>(named(typed, scope, extent.rivals));
  songs.forEach((song) => found.set(song.id, song));
  return sorted(rankHits(typed, found.values()));
}

/** The songs that have what was typed, by their ids. */
async function matching(
  read: Read,
  typed: TypedText,
  scope: Scope,
  { limit, candidates }: Pick<Extent, 'limit' | 'candidates'>,
): Promise<Map<string, Candidate>> {
  const found = new Map<string, Candidate>();
  const add = (songs: Candidate[]) => songs.forEach((song) => found.set(song.id, song));
  const songs = await read<Candidate>(beginningsThenWords(typed, scope, limit, candidates));
  add(songs.filter(({ isBeginning }) => isBeginning));
  if (found.size < limit && typed.searchable.length > 0) {
    const withLetters = songs.filter(({ isBeginning }) => !isBeginning);
    add(await withWords(read, withLetters, typed, scope, { limit, candidates }));
  }
  return found;
}

/**
 * Of songs that have the letters of each typed word, those in which they begin a word. Most do, and it is
 * seen here in much less time than PostgreSQL takes; it has to see to it only where too few of very many are
 * left.
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

/** Songs that are similar to what was typed, besides those that have it. */
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
    // No more lenient a search is needed.
    if (found.some(isNear)) break;
  }
  return found;
}

/** Puts songs of the same rank in the order of how often they are requested. */
async function byRequests(
  read: Read,
  typed: TypedText,
  scope: Scope,
  songs: readonly RankedSong[],
  extent: Extent,
): Promise<readonly RankedSong[]> {
  if (typed.compact.length < fewLetters) return songs;
  const rivals = tied(songs, extent.limit).slice(0, extent.rivals);
  if (rivals.length === 0) return songs;
  const fingerprints = new Map(
    rivals.map(({ song }) => [song.id, songFingerprint(song.artist, song.title)]),
  );
  const rows = await read<SongRequests>(requestsOf([...new Set(fingerprints.values())], scope));
  if (rows.length === 0) return songs;
  const counts = new Map(rows.map((row) => [row.fingerprint, row]));
  const requests = new Map<string, SongRequests>();
  for (const [id, fingerprint] of fingerprints) {
    const counted = counts.get(fingerprint);
    if (counted !== undefined) requests.set(id, counted);
  }
  return sorted(songs, requests);
}

/**
 * How similar texts must be, from strict to lenient.
 *
 * A word of n letters has n + 1 trigrams, of which a letter that is wrong, missing or too many spoils
 * three, and two that are exchanged spoil four. So many may differ; a longer text may have two mistakes.
 * What is more lenient lets ever more songs through, each of which has to be compared: that is for the
 * songs of one customer only.
 */
function thresholds({ searchable }: TypedText, { customerProfileId }: Scope): number[] {
  const trigrams = searchable.reduce((sum, word) => sum + word.length + 1, 0);
  if (trigrams < 4) return [];
  const spoilt = trigrams < 20 ? 4 : 6;
  // The song has its own letters in the place of those that were mistyped, and they count as well.
  const strict = Math.max(lenient, (trigrams - spoilt) / (trigrams + spoilt - 1));
  return customerProfileId === undefined || strict === lenient ? [strict] : [strict, lenient];
}

const lenient = 0.45;
