/** Statistics of a venue's requests in a window of time. */
export interface RequestStatistics {
  /** The number of requests that were made in that time and still exist. */
  requests: number;
  /** The number of those requests that were processed. */
  processed: number;
  /**
   * The number of singers: profiles, guests by their names (without regard to case), and users who sent a
   * request without either. Requests without any of these are not counted here.
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
