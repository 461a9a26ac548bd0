/**
 * SQL of a table's name in the trail, by SQL of its oid: without the schema if that is the trail's own,
 * else with it.
 */
export function recordedName(relation: string): string {
  return `(SELECT CASE WHEN relnamespace = audit.home() THEN relname::text ELSE nspname || '.' || relname END
    FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace WHERE pg_class.oid = ${relation})`;
}
