import type { MigrationInterface } from 'typeorm';

/** The tables that the package creates in a database. `HostTables` describes the application's own. */
export interface PackagedTables {
  readonly entities: readonly Function[];
  /** The migrations that create the tables, oldest first. */
  readonly migrations: readonly (new () => MigrationInterface)[];
  /** The default of the option `userIds`. */
  readonly userIds: 'uuid' | 'any';
  /** Extensions of PostgreSQL that must be installed as long as the tables exist. */
  readonly extensions: readonly string[];
  /** Columns of the package whose names sound like secrets but that hold none, each with the reason. */
  readonly harmlessColumns: Readonly<Record<string, string>>;
  /** `schema.sql`: the schema that the migrations create. */
  readonly schemaFile: URL;
  /** Whether the migrations create the object with this title in `schema.sql`. Default: all objects. */
  readonly makes?: (title: string) => boolean;
}
