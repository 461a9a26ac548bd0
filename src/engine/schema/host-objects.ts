import type { DatabaseDataSource } from '../connection/database.data-source.js';

/**
 * Tells whether an object that `migrations/schema.sql` does not have is the application's own: a table
 * that one of its entities or the option `otherTables` names; where it has any such, also what it has
 * besides tables in `public`, and its extensions; and the recording function of a table that was given one.
 */
export async function findHostObjects(
  database: DatabaseDataSource,
): Promise<(title: string) => boolean> {
  const { otherTables, migrations } = database.config.host;
  const tables = [...database.hostEntities.map(({ tableName }) => tableName), ...otherTables];
  const hostHasObjects = tables.length > 0 || migrations.length > 0;
  const audited = await database.read<{ name: string }>(
    'SELECT table_name AS name FROM audit.audited_tables',
  );
  const titles = new Set([
    ...tables.map((name) => `table public.${name}`),
    ...audited.map(({ name }) => `function audit.record_${name}()`),
  ]);
  return (title) => {
    // PostgreSQL quotes a name where SQL needs it.
    const plain = title.replaceAll('"', '');
    return (
      titles.has(plain) ||
      (hostHasObjects && /^(extension |(type|function|sequence|view) public\.)/.test(plain))
    );
  };
}
