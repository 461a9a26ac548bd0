/** A value inside a `jsonb` column. The shape of objects and arrays is unknown. */
export type JsonValue = string | number | boolean | null | object | undefined;

/**
 * The content of a `jsonb` column that holds an object of no fixed shape.
 *
 * Stricter types do not work: TypeORM's `insert()` and `update()` refuse null and `unknown` inside a
 * `Record<string, unknown>`, and a recursive JSON type is too deep for TypeScript there.
 */
export type JsonObject = Record<string, JsonValue>;
