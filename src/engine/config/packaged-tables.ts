import type { MigrationInterface } from 'typeorm';

/** The tables that the package brings to a database. The application's own are its `HostTables`. */
export interface PackagedTables {
  readonly entities: readonly Function[];
  /** Make the tables, oldest first. */
  readonly migrations: readonly (new () => MigrationInterface)[];
  /** Which ids users have, unless the application says otherwise. */
  readonly userIds: 'uuid' | 'any';
  /** Extensions of PostgreSQL that the tables need all the time. */
  readonly extensions: readonly string[];
  /** Columns of the package that are named as if they held a secret and hold none, each with the reason. */
  readonly harmlessColumns: Readonly<Record<string, string>>;
  /** The description of the schema that the migrations make. */
  readonly schemaFile: URL;
  /** Whether the migrations make the object with this title of the description. Default: each one. */
  readonly makes?: (title: string) => boolean;
}
