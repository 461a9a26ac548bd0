import { ranked } from './rank.js';
import { beginsWords, typedText, type TypedText } from './search-expressions.js';
import {
  beginningsOfWords,
  beginningsThenWords,
  similar,
  type Candidate,
  type Scope,
  type Statement,
} from './search-statements.js';
import { checkedSearch, type SongMatch, type SongSearch } from './song-search.js';

/** Runs a statement that only reads. */
export type Read = (statement: Statement) => Promise<Candidate[]>;

/** Songs that are put in order when many have the typed words: some, not all, of those. */
const mostCandidates = 300;

/**
 * Asks in up to three steps, each only when the one before did not find enough: beginnings, which cost
 * the same however many there are; words in any order; and similar texts only when nothing else is there,
 * as somebody who found something did not mistype.
 */
export async function searchSongs(read: Read, search: SongSearch): Promise<SongMatch[]> {
  const { query, limit, ...scope } = checkedSearch(search);
  const typed = typedText(query);
  if (typed.normalized === '') return [];
  const found = new Map<string, Candidate>();
  const add = (songs: Candidate[]) => songs.forEach((song) => found.set(song.id, song));

  const songs = await read(beginningsThenWords(typed, scope, limit, mostCandidates));
  add(songs.filter(({ isBeginning }) => isBeginning));
  if (found.size < limit && typed.words.length > 0) {
    const withLetters = songs.filter(({ isBeginning }) => !isBeginning);
    add(await withWords(read, withLetters, typed, scope, limit));
  }
  if (found.size === 0) {
    for (const threshold of thresholds(typed, scope)) {
      const songs = await read(similar(typed, scope, limit, threshold));
      if (songs[0]!.id !== null) return songs.map(matchOf);
    }
  }
  return ranked(typed, found.values()).slice(0, limit).map(matchOf);
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
  limit: number,
): Promise<Candidate[]> {
  const found = songs.filter(({ normalized }) => beginsWords(typed, normalized));
  const isAll = songs.length < mostCandidates;
  return isAll || found.length >= limit
    ? found
    : read(beginningsOfWords(typed, scope, mostCandidates));
}

/**
 * How similar texts must be, from strict to lenient.
 *
 * A word of n letters has n + 1 trigrams, of which a letter that is wrong, missing or too many spoils
 * three, and two that are exchanged spoil four. So many may differ; a longer text may have two mistakes.
 * What is more lenient lets ever more songs through, each of which has to be compared: that is for the
 * songs of one customer only.
 */
function thresholds({ words }: TypedText, { customerProfileId }: Scope): number[] {
  const trigrams = words.reduce((sum, word) => sum + word.length + 1, 0);
  if (trigrams < 4) return [];
  const spoilt = trigrams < 20 ? 4 : 6;
  // The song has its own letters in the place of those that were mistyped, and they count as well.
  const strict = Math.max(lenient, (trigrams - spoilt) / (trigrams + spoilt - 1));
  return customerProfileId === undefined || strict === lenient ? [strict] : [strict, lenient];
}

const lenient = 0.45;

function matchOf(song: Candidate): SongMatch {
  const { id, customerProfileId, openkjSystemId, artist, title, combined } = song;
  return { id, customerProfileId, openkjSystemId, artist, title, combined };
}
