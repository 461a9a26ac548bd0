import { isStorable } from '../../../engine/common/check-texts.js';
import { InvalidSongSearchError } from '../errors.js';
import type { Catalogue } from '../import/catalogue.js';
import { normalizeText } from '../text/song-text.js';
import { endOfPrefix } from './search-expressions.js';
import type { Statement } from './search-statements.js';

/** An artist of a catalogue. */
export interface CatalogueArtist {
  /** In the spelling that most songs have. */
  artist: string;
  songs: number;
}

/** The artists of a catalogue that begin with one letter or sign. */
export interface ArtistInitial {
  /** A Latin letter in upper case, without accents; `#` for digits and signs. */
  initial: string;
  artists: number;
  songs: number;
}

/** A page of artists. */
export interface ArtistPage {
  artists: CatalogueArtist[];
  /** The cursor of the next page; null on the last page. */
  nextCursor: string | null;
}

/** A request for a page of a catalogue's artists. */
export interface ArtistSearch extends Catalogue {
  /** The initial of the artists: a letter or `#`. */
  initial: string;
  /** Artists per page, 1 to 500. Default: 100. */
  limit?: number;
  /** The `nextCursor` of the previous page. */
  cursor?: string;
  /** How long PostgreSQL may take, in milliseconds. Default: 3000. */
  timeoutMs?: number;
}

/** The SQL of an artist in normalised form, which is the same for all spellings of the artist. */
const key = `CASE WHEN artist ~ ' [-–—] '
  THEN left(normalized_combined,
            regexp_instr(normalized_combined, ' - ', 1, 1 + regexp_count(artist, ' [-–—] ')) - 1)
  ELSE left(normalized_combined, strpos(normalized_combined, ' - ') - 1) END COLLATE "C"`;

/** Finds the first characters of the catalogue's artists, by jumping from each to the next in an index. */
export function firstCharacters({ customerProfileId, openkjSystemId }: Catalogue): Statement {
  const first = (condition: string) => `(SELECT left(min(normalized_combined), 1) FROM songdb
    WHERE customer_profiles_id = $1 AND openkj_system_id = $2 ${condition})`;
  return {
    sql: `WITH RECURSIVE hops (character) AS (
        SELECT ${first('')}
        UNION ALL
        SELECT ${first(`AND normalized_combined > (character || $3) COLLATE "C"`)} FROM hops
        WHERE character IS NOT NULL
      ) SELECT character FROM hops WHERE character IS NOT NULL`,
    parameters: [customerProfileId, openkjSystemId, endOfPrefix('')],
  };
}

/** Counts the artists and songs for each first character. */
export function countsByCharacter({ customerProfileId, openkjSystemId }: Catalogue): Statement {
  return {
    sql: `SELECT left(key, 1) AS character, count(*)::integer AS artists, sum(songs)::integer AS songs
      FROM (
        SELECT ${key} AS key, count(*) AS songs FROM songdb
        WHERE customer_profiles_id = $1 AND openkj_system_id = $2 GROUP BY 1
      ) AS artists GROUP BY 1`,
    parameters: [customerProfileId, openkjSystemId],
  };
}

/**
 * Finds the artists that begin with one of these characters and come after the given one, in alphabetical
 * order.
 */
export function artistsBeginning(
  { customerProfileId, openkjSystemId }: Catalogue,
  characters: readonly string[],
  after: string,
  most: number,
): Statement {
  return {
    sql: `SELECT key, mode() WITHIN GROUP (ORDER BY artist) AS artist, count(*)::integer AS songs
      FROM (
        SELECT ${key} AS key, artist FROM unnest($3::text[]) AS characters (character)
        JOIN songdb ON customer_profiles_id = $1 AND openkj_system_id = $2
          AND normalized_combined >= greatest(character, $4) COLLATE "C"
          AND normalized_combined < (character || $5) COLLATE "C"
      ) AS songs
      WHERE key > $4 GROUP BY key ORDER BY key LIMIT $6`,
    parameters: [customerProfileId, openkjSystemId, characters, after, endOfPrefix(''), most],
  };
}

/** Returns the cursor of the page after an artist. */
export function cursorAfter(key: string): string {
  return Buffer.from(key).toString('base64url');
}

/**
 * Reads the artist before a page from its cursor; an empty text for the first page.
 *
 * @throws InvalidSongSearchError
 */
export function keyBefore(cursor: string | undefined): string {
  if (cursor === undefined) return '';
  const key = typeof cursor === 'string' ? Buffer.from(cursor, 'base64url').toString() : '\0';
  if (isStorable(key) && cursorAfter(key) === cursor) return key;
  throw new InvalidSongSearchError(
    'The cursor is not valid. Give the nextCursor of the previous page unchanged, or none for the first page.',
  );
}

/** The initial under which artists that begin with this character are listed. */
export function initialOf(character: string): string {
  return /\p{L}/u.test(character) ? character.toUpperCase() : '#';
}

/** The number of artists and songs that begin with a character. */
export interface CharacterCount {
  character: string;
  artists: number;
  songs: number;
}

/** The counts by initial: `#` first, then the letters in alphabetical order. */
export function initialsOf(counts: readonly CharacterCount[]): ArtistInitial[] {
  const found = new Map<string, ArtistInitial>();
  for (const { character, artists, songs } of counts) {
    const initial = initialOf(character);
    const so = found.get(initial) ?? { initial, artists: 0, songs: 0 };
    found.set(initial, { initial, artists: so.artists + artists, songs: so.songs + songs });
  }
  return [...found.values()].sort((a, b) => (a.initial < b.initial ? -1 : 1));
}

/**
 * The initial under which an artist with this one is listed, such as `A` for `ä`.
 *
 * @throws InvalidSongSearchError
 */
export function knownInitial(initial: string): string {
  if (typeof initial !== 'string') {
    throw new InvalidSongSearchError(
      'There is no initial. Give a letter, or # for digits and signs.',
    );
  }
  return initialOf([...normalizeText(initial)][0] ?? '#');
}
