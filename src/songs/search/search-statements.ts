import type { SongSearch } from './song-search.js';
import {
  beginningPattern,
  endOfPrefix,
  lettersPattern,
  titleExpression,
  wordsExpression,
  type TypedText,
} from './search-expressions.js';

/** A statement with its parameters. */
export interface Statement {
  sql: string;
  parameters: unknown[];
}

/** A candidate, as the database gives it. */
export interface Candidate {
  id: string;
  customerProfileId: string;
  openkjSystemId: number;
  artist: string;
  title: string;
  combined: string;
  normalized: string;
  /** How much of what was typed is in it, 0 to 1; only where letters may differ. */
  similarity?: number;
}

/** Whose songs. */
export type Scope = Pick<SongSearch, 'customerProfileId' | 'openkjSystemId'>;

const columns = `songdb_id AS id, customer_profiles_id AS "customerProfileId",
  openkj_system_id AS "openkjSystemId", artist, title, combined, normalized_combined AS normalized`;

/**
 * The songs whose artist or title begins with what was typed, of each the first by the alphabet. A B-tree
 * gives them in that order and stops with the limit, however many there are: so `l` costs what
 * `love shack` does.
 */
export function beginnings(typed: TypedText, scope: Scope, limit: number): Statement {
  const parameters: unknown[] = [
    limit,
    typed.normalized,
    endOfPrefix(typed.normalized),
    typed.plain,
    // What is nothing but punctuation begins no title: from nothing to nothing.
    typed.plain === '' ? '' : endOfPrefix(typed.plain),
  ];
  const { customerProfileId, openkjSystemId } = scope;
  const ranges = [
    { text: 'normalized_combined', from: '$2', to: '$3' },
    { text: titleExpression, from: '$4', to: '$5' },
  ].map(
    ({ text, from, to }) => `SELECT ${columns} FROM songdb
      WHERE ${customerProfileId === undefined ? '' : 'customer_profiles_id = $6 AND openkj_system_id = system AND'}
        ${text} >= ${from} COLLATE "C" AND ${text} < ${to} COLLATE "C"
      ORDER BY ${text} COLLATE "C" LIMIT $1`,
  );
  const union = ranges.map((range) => `(${range})`).join(' UNION ALL ');
  if (customerProfileId === undefined) return { sql: union, parameters };
  parameters.push(customerProfileId);
  if (openkjSystemId !== undefined) parameters.push(openkjSystemId);
  return {
    sql: `SELECT songs.* FROM (${openkjSystemId === undefined ? systemsOfCustomer : 'SELECT $7::integer AS system'}) AS systems
      CROSS JOIN LATERAL (${union}) AS songs`,
    parameters,
  };
}

/** A customer has few systems and many songs: hops from one system to the next in the index. */
const systemsOfCustomer = `
  WITH RECURSIVE hops (system) AS (
    SELECT min(openkj_system_id) FROM songdb WHERE customer_profiles_id = $6
    UNION ALL
    SELECT (SELECT min(openkj_system_id) FROM songdb
            WHERE customer_profiles_id = $6 AND openkj_system_id > system)
    FROM hops WHERE system IS NOT NULL
  ) SELECT system FROM hops WHERE system IS NOT NULL`;

/**
 * Songs that have the letters of each typed word in a word, in any order: the first that the index gives, at
 * most so many. The words need not begin with them, which is for the caller to see to, or `beginning`.
 *
 * MATERIALIZED, because PostgreSQL otherwise thinks of the limit and reads the whole table, in the hope of
 * finding as many soon.
 */
export function words(
  typed: TypedText,
  scope: Scope,
  most: number,
  { beginning = false } = {},
): Statement {
  const parameters: unknown[] = [most];
  const conditions = typed.words.map((word) => {
    parameters.push(lettersPattern(word));
    return `${wordsExpression} LIKE $${parameters.length}`;
  });
  if (beginning) {
    parameters.push(typed.words.map(beginningPattern));
    // IS TRUE keeps it out of the index, which would read more lists for it.
    conditions.push(`(${wordsExpression} LIKE ALL ($${parameters.length}::text[])) IS TRUE`);
  }
  return {
    sql: `SELECT * FROM (
      WITH found AS MATERIALIZED (
        SELECT ${columns} FROM songdb
        WHERE ${[...conditions, ...inScope(scope, parameters)].join(' AND ')}
      ) SELECT * FROM found LIMIT $1) AS songs`,
    parameters,
  };
}

/** To compare two texts takes some microseconds: no more than these are put in order. */
const mostSimilar = 300;

const setting = 'pg_trgm.word_similarity_threshold';

/**
 * The songs that have so much of the typed letters in a row, as trigrams, the most similar first.
 *
 * The threshold, from 0 to 1, is a setting of the session: it is set before the index is asked, which
 * depends on the row that sets it, and set back with the result. Outside a transaction it ends with the
 * statement.
 */
export function similar(
  typed: TypedText,
  scope: Scope,
  limit: number,
  threshold: number,
): Statement {
  const parameters: unknown[] = [limit, typed.words.join(' '), threshold.toFixed(3)];
  const conditions = [`${wordsExpression} %> settings.typed`, ...inScope(scope, parameters)];
  return {
    sql: `SELECT songs.*, set_config('${setting}', previous, true) AS restored
      FROM (
        SELECT coalesce(current_setting('${setting}', true), '0.6') AS previous,
          set_config('${setting}', $3, true) AS current, $2::text AS typed
        OFFSET 0
      ) AS settings
      LEFT JOIN LATERAL (
        WITH found AS MATERIALIZED (
          SELECT ${columns}, ${wordsExpression} AS words FROM songdb
          WHERE ${conditions.join(' AND ')}
        )
        SELECT candidates.*, word_similarity(settings.typed, words) AS similarity
        FROM (SELECT * FROM found LIMIT ${mostSimilar}) AS candidates
        ORDER BY similarity DESC, normalized LIMIT $1
      ) AS songs ON true`,
    parameters,
  };
}

function inScope({ customerProfileId, openkjSystemId }: Scope, parameters: unknown[]): string[] {
  const conditions: string[] = [];
  if (customerProfileId !== undefined) {
    parameters.push(customerProfileId);
    conditions.push(`ARRAY[customer_profiles_id] @> ARRAY[$${parameters.length}::uuid]`);
  }
  if (openkjSystemId !== undefined) {
    parameters.push(openkjSystemId);
    // IS TRUE keeps it out of other indexes: it would be the only condition that they serve.
    conditions.push(`(openkj_system_id = $${parameters.length}) IS TRUE`);
  }
  return conditions;
}
