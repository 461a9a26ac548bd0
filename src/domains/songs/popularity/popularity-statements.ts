/** The place where requests are counted. */
export type Place = 'venue' | 'customer' | 'everywhere';

/** The requests `h` from $1 to before $2 at the place with the id $4. */
const conditions: Readonly<Record<Place, string>> = {
  venue: 'h.venues_id = $4',
  customer: 'h.venues_id IN (SELECT v.venues_id FROM venues v WHERE v.customer_profiles_id = $4)',
  everywhere: 'true',
};

const inWindow = 'h.requested_at >= $1 AND h.requested_at < $2';

/** The $3 songs that were requested most. Only their names are read, from the latest request of each. */
export function mostRequested(place: Place): string {
  return `
    WITH top AS (
      SELECT h.song_fingerprint, count(*)::int AS requests, max(h.requested_at) AS latest
      FROM singer_request_history h WHERE ${inWindow} AND ${conditions[place]}
      GROUP BY h.song_fingerprint
      ORDER BY requests DESC, latest DESC, h.song_fingerprint LIMIT $3
    )
    SELECT top.song_fingerprint AS "songFingerprint", named.artist, named.title, top.requests,
      top.latest AS "lastRequestedAt"
    FROM top
    CROSS JOIN LATERAL (
      SELECT h.artist, h.title FROM singer_request_history h
      WHERE h.song_fingerprint = top.song_fingerprint AND h.requested_at = top.latest
        AND ${conditions[place]}
      LIMIT 1
    ) AS named
    ORDER BY top.requests DESC, top.latest DESC, top.song_fingerprint`;
}

/**
 * Counts the requests of each of the songs $3. At one place, "IS TRUE" keeps the planner from using the index
 * by song, which contains the requests at all places.
 */
export function countsOfSongs(place: Place): string {
  const isAsked = 'h.song_fingerprint = ANY ($3)';
  return `
    SELECT h.song_fingerprint AS fingerprint, count(*)::int AS requests
    FROM singer_request_history h
    WHERE ${place === 'everywhere' ? isAsked : `(${isAsked}) IS TRUE`} AND ${inWindow} AND ${conditions[place]}
    GROUP BY h.song_fingerprint`;
}
