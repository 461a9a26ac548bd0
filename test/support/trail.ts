import type { TestDatabase } from './database.js';

/** A row of the trail, as far as attribution goes. */
export interface TrailEntry {
  readonly operation: string;
  readonly table: string;
  /** The user's id, or the name of another actor. */
  readonly writer: string | null;
  readonly requestId: string | null;
  readonly route: string | null;
}

const columns = `operation, table_name AS "table", coalesce(user_id::text, user_key, actor_name) AS writer,
  request_id AS "requestId", route`;

/** What the trail says of the role with this slug, in the order of writing. */
export function trailOf(database: TestDatabase, slug: string): Promise<TrailEntry[]> {
  return database.query(
    `SELECT ${columns} FROM audit_logs
     WHERE coalesce(new_data, old_data) ->> 'slug' = $1 ORDER BY sequence`,
    [slug],
  );
}

/** Who wrote the role with this slug, write by write. */
export async function writersOf(
  database: TestDatabase,
  slug: string,
): Promise<TrailEntry['writer'][]> {
  return (await trailOf(database, slug)).map(({ writer }) => writer);
}

/** The slugs of these roles that are in the database. */
export async function existing(database: TestDatabase, ...slugs: string[]): Promise<string[]> {
  const rows = await database.query<{ slug: string }>(
    'SELECT slug FROM roles WHERE slug = ANY ($1) ORDER BY slug',
    [slugs],
  );
  return rows.map(({ slug }) => slug);
}

let count = 0;

/** A slug that no other test uses. */
export function newSlug(name = 'role'): string {
  return `${name}-${++count}`;
}
