import { firstSerial, moveSerialOf, toldSerial } from '../../common/serial.js';

/**
 * Keeps other submissions to the venue waiting until the transaction ends. Foreign keys to the venue are
 * checked meanwhile.
 */
export const lockQueue = `SELECT FROM venues WHERE venues_id = $1 FOR NO KEY UPDATE`;

/**
 * Writes a request. The venue's row is locked until the transaction ends. Otherwise a request could be added
 * after the venue has closed. Refusals are detected by reading and not by a constraint violation, so the
 * surrounding transaction stays usable. FOR KEY SHARE is the lock of the foreign key check: it prevents the
 * deletion of the rows in between.
 *
 * The singer is the profile, else the guest of this name, else the user who sent the request.
 *
 * A request with the submission key is returned as it is, whatever has changed since. If another transaction adds
 * one at the same time, the statement waits for its end, and then adds and returns nothing.
 */
export const submit = `
  WITH venue AS (
    SELECT venues_id, customer_profiles_id, accepting_requests
    FROM venues WHERE venues_id = $1 FOR SHARE
  ), submitter AS (
    SELECT display_name FROM users WHERE users_id = $3 FOR KEY SHARE
  ), singer AS (
    SELECT nickname, (SELECT u.display_name FROM users u WHERE u.users_id = p.users_id) AS display_name
    FROM singer_profiles p WHERE singer_profiles_id = $2 FOR KEY SHARE
  ), people AS (
    SELECT
      $3::uuid IS NULL OR EXISTS (SELECT FROM submitter) AS has_submitter,
      $2::uuid IS NULL OR EXISTS (SELECT FROM singer) AS has_singer,
      coalesce($9::text, (SELECT nullif(btrim(nickname), '') FROM singer), nullif(btrim(
        CASE WHEN $2::uuid IS NULL THEN (SELECT display_name FROM submitter)
             ELSE (SELECT display_name FROM singer) END), '')) AS name_to_call
  ), earlier AS (
    SELECT * FROM requests WHERE venues_id = $1 AND submission_key = $13
  ), open AS (
    SELECT count(*)::int AS of_venue,
      count(*) FILTER (WHERE r.song_fingerprint = $8
        AND r.requests_id < ALL (SELECT requests_id FROM earlier))::int AS of_song,
      count(*) FILTER (WHERE CASE
        WHEN $2::uuid IS NOT NULL THEN r.singer_profiles_id = $2
        WHEN r.singer_profiles_id IS NOT NULL THEN false
        WHEN $9::text IS NOT NULL THEN lower(r.singer_name) = lower($9)
        ELSE r.singer_name IS NULL AND r.submitted_by_users_id = $3 END)::int AS of_singer
    FROM requests r WHERE r.venues_id = $1 AND NOT r.processed
  ), allowed AS (
    SELECT venue.* FROM venue, people, open
    WHERE NOT EXISTS (SELECT FROM earlier) AND accepting_requests AND has_singer AND has_submitter
      AND ($10::int IS NULL OR of_singer < $10) AND ($11::int IS NULL OR of_venue < $11)
      AND NOT ($12::boolean AND of_song > 0)
  ), request AS (
    INSERT INTO requests (venues_id, singer_profiles_id, submitted_by_users_id, artist, title,
                          key_change, notes, song_fingerprint, singer_name, submission_key)
    SELECT venues_id, $2, $3, $4, $5, $6, $7, $8, $9, $13 FROM allowed
    ON CONFLICT (venues_id, submission_key) WHERE submission_key IS NOT NULL DO NOTHING
    RETURNING *
  ), history AS (
    INSERT INTO singer_request_history (singer_profiles_id, venues_id, artist, title, key_change,
                                        requested_at, song_fingerprint)
    SELECT singer_profiles_id, venues_id, artist, title, key_change, requested_at, song_fingerprint
    FROM request WHERE singer_profiles_id IS NOT NULL
  ), added AS (
    SELECT customer_profiles_id FROM allowed JOIN request USING (venues_id)
  ), moved AS (${moveSerialOf('added')}), submitted AS (
    SELECT false AS replayed, serial, request.* FROM request, moved
    UNION ALL
    SELECT true, (SELECT coalesce(max(${toldSerial('serial')}), ${firstSerial}) FROM state JOIN venue USING (customer_profiles_id)),
      earlier.*
    FROM earlier
  )
  SELECT submitted.*, (SELECT accepting_requests FROM venue) AS accepting, has_singer, has_submitter,
    name_to_call, of_singer, of_venue, of_song, EXISTS (SELECT FROM allowed) AS allowed
  FROM people CROSS JOIN open LEFT JOIN submitted ON true`;
