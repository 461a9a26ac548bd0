import type { QueryRunner } from 'typeorm';

/**
 * The schema of the package's tables, as SQL: `public`, or the quoted value of the option `schema`.
 * Functions with a fixed search path need it to name their tables.
 */
export function homeSchema({ dataSource }: QueryRunner): string {
  const { schema = 'public' } = dataSource.options as { schema?: string };
  // Quoted, because a name such as `user` is a keyword.
  return schema === 'public' ? schema : `"${schema}"`;
}
