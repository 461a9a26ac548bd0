import type { MigrationInterface } from 'typeorm';

type Migration = new () => MigrationInterface;

/**
 * Lists migrations, each with its name fixed: TypeORM remembers a migration by the name of its class, which a
 * bundler that minifies would replace.
 */
export function withFixedNames(migrations: Readonly<Record<string, Migration>>): Migration[] {
  return Object.entries(migrations).map(([name, migration]) =>
    Object.defineProperty(migration, 'name', { value: name }),
  );
}
