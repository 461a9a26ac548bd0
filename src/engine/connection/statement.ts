/** What PostgreSQL refuses inside a transaction, or what begins or ends one. */
const standsAlone = new RegExp(
  `^(?:${[
    'begin|start\\s+transaction|commit|end|rollback|abort|savepoint|release|prepare\\s+transaction',
    'vacuum|reindex|cluster|checkpoint|discard|listen|unlisten|load',
    '(?:create|drop|alter)\\s+(?:database|tablespace|subscription)|alter\\s+system',
    'create\\s+(?:unique\\s+)?index\\s+concurrently|drop\\s+index\\s+concurrently',
    'alter\\s+table\\s.*\\sdetach\\s+partition\\s.*\\sconcurrently',
  ].join('|')})\\b`,
  'is',
);

const ends = /^(?:commit|end|rollback|abort)\b/i;
const endsLater = /;.*\b(?:commit|end|rollback|abort)\b/is;
const changesSettings =
  /^\s*(?:set|do|call)\b|;\s*(?:set|do|call)\b|\b(?:reset|discard|set_config)\b/i;
const copies = /^copy\b/i;
const configures = /^set\s+transaction\b/i;
const reads = /^select\b/i;

/**
 * Whether a statement may write rows, so that it needs a transaction to have an actor.
 *
 * Of raw SQL anything may: a SELECT can call a function that writes, itself or through a view. A SELECT
 * that TypeORM's query builder made is taken for a read, which may go to a replica.
 */
export function mayWrite(sql: string, isRaw: boolean): boolean {
  const statement = withoutLead(sql);
  return isRaw ? !standsAlone.test(statement) : !reads.test(statement);
}

/** Whether a statement ends a transaction or falls back to a savepoint, and settings with it. */
export function endsTransaction(sql: string): boolean {
  return ends.test(withoutLead(sql));
}

/** The same for a later one of several statements in one text; a word alone is taken for one. */
export function mayEndTransactionLater(sql: string): boolean {
  return endsLater.test(sql);
}

/**
 * Whether a statement may change settings, those that say who writes among them. It errs on the side of yes:
 * also where a column has the name of such a command.
 */
export function mayChangeSettings(sql: string): boolean {
  return changesSettings.test(withoutLead(sql));
}

/** Whether TypeORM begins a transaction with this statement. */
export function beginsTransaction(sql: string): boolean {
  return sql === 'START TRANSACTION';
}

/** Whether a statement may ask the client for rows. Until it has them, the server ignores a Sync. */
export function mayAskForRows(sql: string): boolean {
  return copies.test(withoutLead(sql));
}

/** Whether a statement must come before any other of its transaction (SET TRANSACTION …). */
export function configuresTransaction(sql: string): boolean {
  return configures.test(withoutLead(sql));
}

/** The statement from its first word on: without white space, semicolons, parentheses and comments. */
function withoutLead(sql: string): string {
  let at = 0;
  for (;;) {
    if (/[\s;(]/.test(sql.charAt(at))) at++;
    else if (sql.startsWith('--', at)) at = endOfLine(sql, at);
    else if (sql.startsWith('/*', at)) at = endOfComment(sql, at);
    else return sql.slice(at);
  }
}

function endOfLine(sql: string, at: number): number {
  const end = sql.indexOf('\n', at);
  return end === -1 ? sql.length : end;
}

/** PostgreSQL's comments nest. */
function endOfComment(sql: string, start: number): number {
  let depth = 0;
  for (let at = start; at < sql.length;) {
    const mark = sql.slice(at, at + 2);
    if (mark === '/*') depth++;
    else if (mark === '*/') depth--;
    at += mark === '/*' || mark === '*/' ? 2 : 1;
    if (depth === 0) return at;
  }
  return sql.length;
}
