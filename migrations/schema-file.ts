/** The path of `schema.sql`, the generated description of the schema that the migrations create. */
export const schemaFile = new URL('./schema.sql', import.meta.url);
