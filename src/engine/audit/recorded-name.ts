/** What the trail calls a table: its own name in public, with its schema elsewhere. */
export function recordedName(relation: string): string {
  return `(SELECT CASE WHEN nspname = 'public' THEN relname::text ELSE nspname || '.' || relname END
    FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace WHERE pg_class.oid = ${relation})`;
}
