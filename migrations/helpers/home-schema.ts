import type { QueryRunner } from 'typeorm';

/**
 * The schema of the package's tables, as SQL: `public`, or the one that the option `schema` names. Functions
 * that fix their search path name their tables with it.
 */
export function homeSchema({ dataSource }: QueryRunner): string {
  const { schema = 'public' } = dataSource.options as { schema?: string };
  // A name such as `user` is a keyword, too.
  return schema === 'public' ? schema : `"${schema}"`;
}
