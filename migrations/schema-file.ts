/** The committed description of the schema that the migrations make. Generated; see its first line. */
export const schemaFile = new URL('./schema.sql', import.meta.url);
