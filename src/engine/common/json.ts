/** A value inside a `jsonb` column; an object or an array is of no known shape. */
export type JsonValue = string | number | boolean | null | object | undefined;

/**
 * The content of a `jsonb` column that holds an object of no fixed shape.
 *
 * The obvious types fail: TypeORM's `insert()` and `update()` refuse null and `unknown` inside a
 * `Record<string, unknown>`, and a recursive JSON type is too deep for TypeScript there.
 */
export type JsonObject = Record<string, JsonValue>;
