import type { TestApp } from '../../support/test-app.js';
import { loosePrefix } from './loose-writes.js';

/** An entry of the trail, and what the row that it is about says of itself. */
export interface TrailRow {
  readonly request_id: string | null;
  readonly operation: string;
  readonly slug: string;
  /** Whom the row that was written names; null for a deletion. */
  readonly intended: string | null;
  readonly writer: string | null;
}

export async function readTrail(app: TestApp, after: string): Promise<TrailRow[]> {
  return app.dataSource.query(
    `SELECT operation, coalesce(new_data, old_data) ->> 'slug' AS slug, request_id,
       regexp_replace(new_data ->> 'description', ' \\d+$', '') AS intended,
       coalesce(user_id::text, actor_name) AS writer
     FROM audit_logs WHERE sequence > $1 ORDER BY sequence`,
    [after],
  );
}

export const isLoose = ({ slug }: TrailRow): boolean => slug.startsWith(loosePrefix);

export function byRequest(rows: readonly TrailRow[]): Map<string, TrailRow[]> {
  const found = new Map<string, TrailRow[]>();
  for (const row of rows) {
    const id = String(row.request_id);
    found.set(id, [...(found.get(id) ?? []), row]);
  }
  return found;
}

/** Of the newest entry. */
export async function lastSequence(app: TestApp): Promise<string> {
  const [row] = await app.dataSource.query(
    'SELECT coalesce(max(sequence), 0) AS last FROM audit_logs',
  );
  return row.last;
}
