import type { SongSearch } from './song-search.js';
import {
  beginningPattern,
  compactExpression,
  compactTitleExpression,
  endOfPrefix,
  lettersPattern,
  wordsExpression,
  type TypedText,
} from './search-expressions.js';

/** A statement with its parameters. */
export interface Statement {
  sql: string;
  parameters: unknown[];
}

/** A song that may match, as the database returns it. */
export interface Candidate {
  id: string;
  customerProfileId: string;
  openkjSystemId: number;
  artist: string;
  title: string;
  combined: string;
  normalized: string;
  /**
   * Whether the artist or the title begins with the typed text. Missing in a statement that runs one step.
   */
  isBeginning?: boolean;
}

/** The customer and the system whose songs are searched. */
export type Scope = Pick<SongSearch, 'customerProfileId' | 'openkjSystemId'>;

const columns = `songdb_id AS id, customer_profiles_id AS "customerProfileId",
  openkj_system_id AS "openkjSystemId", artist, title, combined, normalized_combined AS normalized`;

/** Collects the parameters of a statement, and returns the placeholder of each. */
class Parameters {
  readonly values: unknown[] = [];

  add(value: unknown): string {
    return `$${this.values.push(value)}`;
  }
}

/** Finds up to `limit` songs whose artist, and up to `titles` whose title, begins with the typed text. */
export function beginnings(
  typed: TypedText,
  scope: Scope,
  limit: number,
  titles: number,
): Statement {
  const parameters = new Parameters();
  const ranges = beginningsOf(typed).map((range) =>
    range.text === compactTitleExpression ? { ...range, most: titles } : range,
  );
  const sql = beginningsSql(ranges, scope, parameters.add(limit), parameters);
  return { sql, parameters: parameters.values };
}

/**
 * Finds the songs whose artist or title begins with the typed text. If there are too few, it also finds
 * songs that contain the letters of each typed word. It is one statement, because a round trip takes as
 * long as either search.
 */
export function beginningsThenWords(
  typed: TypedText,
  scope: Scope,
  limit: number,
  mostWithWords: number,
): Statement {
  const parameters = new Parameters();
  const enough = parameters.add(limit);
  const begun = beginningsSql(beginningsOf(typed), scope, enough, parameters);
  const others =
    typed.searchable.length === 0
      ? ''
      : `UNION ALL
        SELECT false, words.* FROM (${wordsSql(typed, scope, mostWithWords, parameters)}) AS words
        WHERE (SELECT count(DISTINCT id) FROM beginnings) < ${enough}`;
  return {
    sql: `WITH beginnings AS MATERIALIZED (${begun})
      SELECT true AS "isBeginning", beginnings.* FROM beginnings ${others}`,
    parameters: parameters.values,
  };
}

/** Finds up to `most` songs that contain the letters of each typed word, without sorting them. */
export function lettersOfWords(typed: TypedText, scope: Scope, most: number): Statement {
  const parameters = new Parameters();
  const sql = wordsSql(typed, scope, most, parameters);
  return { sql, parameters: parameters.values };
}

/**
 * Finds up to `most` songs in which each typed word begins a word, in any order, without sorting them.
 */
export function beginningsOfWords(typed: TypedText, scope: Scope, most: number): Statement {
  const parameters = new Parameters();
  const sql = wordsSql(typed, scope, most, parameters, { beginning: true });
  return { sql, parameters: parameters.values };
}

/**
 * Finds songs near the typed text in the alphabet: their artist or title begins with the first two thirds of
 * its letters.
 */
export function neighbours({ compact }: TypedText, scope: Scope, most: number): Statement {
  const parameters = new Parameters();
  const prefix = [...compact].slice(0, Math.ceil((compact.length * 2) / 3)).join('');
  const ranges = [compactExpression, compactTitleExpression].map((text) => ({ text, prefix }));
  const sql = beginningsSql(ranges, scope, parameters.add(most), parameters);
  return { sql, parameters: parameters.values };
}

/** Finds all songs with the typed title, and all songs of the typed artist, up to `most` of each. */
export function named({ normalized, compact }: TypedText, scope: Scope, most: number): Statement {
  const parameters = new Parameters();
  const ranges = [
    { text: compactTitleExpression, prefix: compact, isWhole: true },
    { text: 'normalized_combined', prefix: `${normalized} - ` },
  ];
  const sql = beginningsSql(ranges, scope, parameters.add(most), parameters);
  return { sql, parameters: parameters.values };
}

/** A condition on an indexed expression: it begins with the prefix or, if `isWhole`, equals it. */
interface Beginning {
  text: string;
  prefix: string;
  isWhole?: boolean;
  /** The maximum number of songs, if it is not that of the statement. */
  most?: number;
}

/** With fewer letters, too many other words begin with those letters when the spaces are removed. */
const fewLetters = 5;

function beginningsOf({ normalized, compact }: TypedText): Beginning[] {
  const found: Beginning[] = [];
  if (compact !== normalized && compact.length < fewLetters) {
    found.push({ text: 'normalized_combined', prefix: normalized });
  }
  // A text of punctuation only has no letters.
  if (compact !== '') {
    found.push({ text: compactExpression, prefix: compact });
    found.push({ text: compactTitleExpression, prefix: compact });
  }
  return found;
}

/**
 * Reads the first artists and titles, in alphabetical order, that begin with the typed text. A B-tree returns
 * them in that order and stops at the limit, so `l` takes no longer than `love shack`.
 */
function beginningsSql(
  wanted: readonly Beginning[],
  { customerProfileId, openkjSystemId }: Scope,
  limit: string,
  parameters: Parameters,
): string {
  const customer = customerProfileId === undefined ? undefined : parameters.add(customerProfileId);
  const system = openkjSystemId === undefined ? 'system' : parameters.add(openkjSystemId);
  const inCatalogue =
    customer === undefined
      ? ''
      : `customer_profiles_id = ${customer} AND openkj_system_id = ${system} AND`;
  const ranges = wanted.map(({ text, prefix, isWhole = false, most }) => {
    const from = parameters.add(prefix);
    const range = isWhole
      ? `${text} = ${from} COLLATE "C"`
      : `${text} >= ${from} COLLATE "C" AND ${text} < ${parameters.add(endOfPrefix(prefix))} COLLATE "C"`;
    return `(SELECT ${columns} FROM songdb
      WHERE ${inCatalogue} ${range}
      ORDER BY ${text} COLLATE "C" LIMIT ${most === undefined ? limit : parameters.add(most)})`;
  });
  const union = ranges.join(' UNION ALL ');
  if (customer === undefined || openkjSystemId !== undefined) return union;
  return `SELECT songs.* FROM (${systemsOf(customer)}) AS systems CROSS JOIN LATERAL (${union}) AS songs`;
}

/**
 * Finds a customer's systems by jumping from each to the next in the index, because a customer has few
 * systems and many songs.
 */
const systemsOf = (customer: string): string => `
  WITH RECURSIVE hops (system) AS (
    SELECT min(openkj_system_id) FROM songdb WHERE customer_profiles_id = ${customer}
    UNION ALL
    SELECT (SELECT min(openkj_system_id) FROM songdb
            WHERE customer_profiles_id = ${customer} AND openkj_system_id > system)
    FROM hops WHERE system IS NOT NULL
  ) SELECT system FROM hops WHERE system IS NOT NULL`;

/**
 * Finds up to `most` songs that contain the letters of each typed word in a word, in any order, without
 * sorting them. The letters need not be at the beginning of a word: the caller checks that, or sets
 * `beginning`.
 *
 * It is MATERIALIZED, because PostgreSQL otherwise scans the whole table and expects to reach the limit
 * early.
 */
function wordsSql(
  typed: TypedText,
  scope: Scope,
  most: number,
  parameters: Parameters,
  { beginning = false } = {},
): string {
  const conditions = typed.searchable.map(
    (word) => `${wordsExpression} LIKE ${parameters.add(lettersPattern(word))}`,
  );
  if (beginning) {
    const patterns = parameters.add(typed.searchable.map(beginningPattern));
    // IS TRUE keeps the condition out of the index, which would read more lists for it.
    conditions.push(`(${wordsExpression} LIKE ALL (${patterns}::text[])) IS TRUE`);
  }
  return `SELECT * FROM (
    WITH found AS MATERIALIZED (
      SELECT ${columns} FROM songdb
      WHERE ${[...conditions, ...inScope(scope, parameters)].join(' AND ')}
    ) SELECT * FROM found LIMIT ${parameters.add(most)}) AS songs`;
}

/** The maximum number of songs that are compared. Each comparison takes some microseconds. */
const mostCompared = 300;

const setting = 'pg_trgm.word_similarity_threshold';

/**
 * Finds songs by the trigrams that they share with the typed words, the most similar first.
 *
 * The threshold, from 0 to 1, is a setting of the session. The index scan depends on the row that sets it, so
 * it is set before the scan. It is set back with the result. Outside a transaction it ends with the
 * statement.
 */
export function similar(
  typed: TypedText,
  scope: Scope,
  most: number,
  threshold: number,
): Statement {
  const parameters = new Parameters();
  const words = parameters.add(typed.searchable.join(' '));
  const conditions = [`${wordsExpression} %> settings.typed`, ...inScope(scope, parameters)];
  return {
    sql: `SELECT songs.*, set_config('${setting}', previous, true) AS restored
      FROM (
        SELECT coalesce(current_setting('${setting}', true), '0.6') AS previous,
          set_config('${setting}', ${parameters.add(threshold.toFixed(3))}, true) AS current, ${words}::text AS typed
        OFFSET 0
      ) AS settings
      LEFT JOIN LATERAL (
        WITH found AS MATERIALIZED (
          SELECT ${columns}, ${wordsExpression} AS words FROM songdb
          WHERE ${conditions.join(' AND ')}
        )
        SELECT * FROM (SELECT * FROM found LIMIT ${mostCompared}) AS candidates
        ORDER BY word_similarity(settings.typed, words) DESC, normalized LIMIT ${parameters.add(most)}
      ) AS songs ON true`,
    parameters: parameters.values,
  };
}

/** The number of requests of a song. */
export interface SongRequests {
  fingerprint: string;
  /** At the customer's venues; 0 in a search everywhere. */
  here: number;
  everywhere: number;
}

/** The maximum number of requests that are counted for a song. */
const mostRequests = 100;

/**
 * Counts the requests of songs in the singers' histories; songs without requests are left out. Each song is
 * looked up separately, and at each venue separately, so the index scan reads only requests that count and
 * stops at the limit.
 */
export function requestsOf(
  fingerprints: readonly string[],
  { customerProfileId }: Scope,
): Statement {
  const parameters = new Parameters();
  const songs = parameters.add(fingerprints);
  const requests = (condition = '') => `SELECT FROM singer_request_history
    WHERE song_fingerprint = songs.fingerprint ${condition} LIMIT ${mostRequests}`;
  const here =
    customerProfileId === undefined
      ? '0'
      : `(SELECT count(*)::integer FROM (
          SELECT FROM unnest(ARRAY(
            SELECT venues_id FROM venues WHERE customer_profiles_id = ${parameters.add(customerProfileId)}
          )) AS venues (id)
          CROSS JOIN LATERAL (${requests('AND venues_id = venues.id')}) AS requests
          LIMIT ${mostRequests}) AS here)`;
  return {
    sql: `SELECT fingerprint, ${here} AS here, everywhere
      FROM unnest(${songs}::text[]) AS songs (fingerprint)
      CROSS JOIN LATERAL (SELECT count(*)::integer FROM (${requests()}) AS requests) AS counted (everywhere)
      WHERE everywhere > 0`,
    parameters: parameters.values,
  };
}

function inScope({ customerProfileId, openkjSystemId }: Scope, parameters: Parameters): string[] {
  const conditions: string[] = [];
  if (customerProfileId !== undefined) {
    const customer = parameters.add(customerProfileId);
    conditions.push(`ARRAY[customer_profiles_id] @> ARRAY[${customer}::uuid]`);
  }
  if (openkjSystemId !== undefined) {
    // IS TRUE keeps the planner from using another index for this condition alone.
    conditions.push(`(openkj_system_id = ${parameters.add(openkjSystemId)}) IS TRUE`);
  }
  return conditions;
}
