import type { MigrationInterface } from 'typeorm';

type Migration = new () => MigrationInterface;

/**
 * Returns migrations with fixed names. TypeORM records a migration by the name of its class, which a bundler
 * that minifies would change.
 */
export function withFixedNames(migrations: Readonly<Record<string, Migration>>): Migration[] {
  return Object.entries(migrations).map(([name, migration]) =>
    Object.defineProperty(migration, 'name', { value: name }),
  );
}
