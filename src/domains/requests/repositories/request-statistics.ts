/** What a venue's requests of a time were. */
export interface RequestStatistics {
  /** All requests that were made in that time and are still there. */
  requests: number;
  /** Those of them that were processed. */
  processed: number;
  /**
   * Who asked to sing: profiles, guests by their names (without regard to case), and users who sent a request
   * without either. Requests of which nothing is known about the singer count as none.
   */
  singers: number;
  /** How long the processed requests waited, in milliseconds; null when none was processed. */
  waiting: { average: number; median: number; longest: number } | null;
}

/** The requests of the venue $1 from the time $2 to before $3. */
export const statisticsOfRequests = `
  SELECT count(*)::int AS requests, count(*) FILTER (WHERE processed)::int AS processed,
    count(DISTINCT coalesce(
      singer_profiles_id::text, 'guest ' || lower(singer_name), submitted_by_users_id::text
    ))::int AS singers,
    CASE WHEN count(waited) > 0 THEN jsonb_build_object(
      'average', round(avg(waited)), 'longest', round(max(waited)),
      'median', round((percentile_cont(0.5) WITHIN GROUP (ORDER BY waited))::numeric)
    ) END AS waiting
  FROM requests
  CROSS JOIN LATERAL (
    SELECT CASE WHEN processed THEN 1000 * extract(epoch FROM processed_at - requested_at) END AS waited
  ) AS times
  WHERE venues_id = $1 AND requested_at >= $2 AND requested_at < $3`;
