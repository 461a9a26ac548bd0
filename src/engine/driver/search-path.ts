/**
 * SQL expression that puts a schema first into the search path, unless it is there already, and keeps the rest:
 * extensions may be in other schemas.
 *
 * @param schema SQL of the schema's name
 * @param isLocal whether until the end of the transaction instead of the session
 */
export function pathWith(schema: string, isLocal: boolean): string {
  const path = `concat_ws(', ', quote_ident(${schema}), nullif(current_setting('search_path'), ''))`;
  return `CASE WHEN current_schema() IS DISTINCT FROM ${schema} THEN set_config('search_path', ${path}, ${isLocal}) END`;
}
