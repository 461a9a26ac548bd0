/** White space, comments and parentheses, which may stand before a statement's first word. */
const leading = /^(?:\s|\(|--[^\n]*(?:\n|$)|\/\*[\s\S]*?\*\/)*/;

const writing = new Set([
  'insert',
  'update',
  'delete',
  'merge',
  'with',
  'truncate',
  'copy',
  'call',
  'do',
  'execute',
  'explain',
]);

/**
 * Whether a statement may write rows. Everything that PostgreSQL refuses inside a transaction, such as
 * VACUUM, answers no.
 *
 * A raw SELECT counts when it calls a function, which may write; one that TypeORM's query builder made
 * is a read, and may go to a replica.
 */
export function mayWrite(sql: string, isRaw: boolean): boolean {
  const keyword = firstWord(sql);
  if (writing.has(keyword)) return true;
  return isRaw && (keyword === 'select' || keyword === 'values') && sql.includes('(');
}

/** Whether a statement ends a transaction or falls back to a savepoint, and settings with it. */
export function endsTransaction(sql: string): boolean {
  const keyword = firstWord(sql);
  return keyword === 'commit' || keyword === 'end' || keyword === 'rollback' || keyword === 'abort';
}

/** Whether a statement must come before any other of its transaction (SET TRANSACTION …). */
export function configuresTransaction(sql: string): boolean {
  return /^set\s+transaction\b/i.test(sql.trimStart());
}

function firstWord(sql: string): string {
  const start = leading.exec(sql)?.[0].length ?? 0;
  return (/^[a-z]+/i.exec(sql.slice(start, start + 16))?.[0] ?? '').toLowerCase();
}
