import type { DatabaseDataSource } from '../transaction/database.data-source.js';

/**
 * Returns a function that tells whether an object belongs to the application:
 *
 * - a table of one of its entities, or of the option `otherTables`;
 * - if it has such tables: its extensions, and its types, functions, sequences and views in `public`;
 * - the audit function of one of its audited tables;
 * - the views and functions that audit.isolate() makes, because an application decides which tables to isolate.
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
    // PostgreSQL quotes names only when SQL requires it.
    const plain = title.replaceAll('"', '');
    return (
      titles.has(plain) ||
      /^(view audit\.visible_|function audit\.(keys|has|own)_)/.test(plain) ||
      (hostHasObjects && /^(extension |(type|function|sequence|view) public\.)/.test(plain))
    );
  };
}
