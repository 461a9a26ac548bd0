/** Statements that begin or end a transaction or a savepoint. */
const controlsTransaction =
  /^(?:begin|start\s+transaction|commit|end|rollback|abort|savepoint|release|prepare\s+transaction)\b/i;

/** Statements that PostgreSQL refuses inside a transaction, or that are about the session. */
const standsAlone = new RegExp(
  `^(?:${[
    'vacuum|reindex|cluster|checkpoint|discard|listen|unlisten|load',
    '(?:create|drop|alter)\\s+(?:database|tablespace|subscription)|alter\\s+system',
    'create\\s+(?:unique\\s+)?index\\s+concurrently|drop\\s+index\\s+concurrently',
    'alter\\s+table\\s.*\\sdetach\\s+partition\\s.*\\sconcurrently',
  ].join('|')})\\b`,
  'is',
);

const ends = /^(?:commit|end|rollback|abort)\b/i;
const commits = /^(?:commit|end)\b(?!\s+prepared)/i;
const endsLater = /;.*\b(?:commit|end|rollback|abort)\b/is;
const changesSettings =
  /^\s*(?:set|do|call)\b|;\s*(?:set|do|call)\b|\b(?:reset|discard|set_config)\b/i;
const copies = /^copy\b/i;
const configures = /^set\s+transaction\b/i;
const reads = /^select\b/i;

/**
 * Whether a statement may write rows, so that it needs a transaction to have an actor.
 *
 * Any raw SQL may write: even a SELECT can call a function that writes, directly or through a view. A SELECT
 * made by TypeORM's query builder counts as a read, which may go to a replica.
 */
export function mayWrite(sql: string, isRaw: boolean): boolean {
  const statement = withoutLead(sql);
  if (!isRaw) return !reads.test(statement);
  return isOrdinary(statement);
}

/** Whether PostgreSQL may refuse a statement inside a transaction (CREATE INDEX CONCURRENTLY, VACUUM, …). */
export function mustStandAlone(sql: string): boolean {
  return standsAlone.test(withoutLead(sql));
}

/** Whether a statement can be part of a transaction, and neither begins nor ends one. */
export function canJoinTransaction(sql: string): boolean {
  return isOrdinary(withoutLead(sql));
}

function isOrdinary(statement: string): boolean {
  return !standsAlone.test(statement) && !controlsTransaction.test(statement);
}

/** Whether a statement ends a transaction or rolls back to a savepoint, which also reverts settings. */
export function endsTransaction(sql: string): boolean {
  return ends.test(withoutLead(sql));
}

/** Whether a statement commits a transaction. */
export function commitsTransaction(sql: string): boolean {
  return commits.test(withoutLead(sql));
}

/**
 * Whether a text of several statements may end a transaction after its first statement. It only looks for the
 * words, so that it may be true without such a statement.
 */
export function mayEndTransactionLater(sql: string): boolean {
  return endsLater.test(sql);
}

/**
 * Whether a statement may change settings, and with them the attribution. It may be true for a statement that
 * does not, for example one with a column named like such a command.
 */
export function mayChangeSettings(sql: string): boolean {
  return changesSettings.test(withoutLead(sql));
}

/** Whether TypeORM begins a transaction with this statement. */
export function beginsTransaction(sql: string): boolean {
  return sql === 'START TRANSACTION';
}

/** Whether a statement may ask the client for rows (COPY). The server ignores a Sync until it has them. */
export function mayAskForRows(sql: string): boolean {
  return copies.test(withoutLead(sql));
}

/** Whether a statement must be the first of its transaction (SET TRANSACTION …). */
export function configuresTransaction(sql: string): boolean {
  return configures.test(withoutLead(sql));
}

/** Removes white space, semicolons, parentheses and comments before the first word. */
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

/** The end of a block comment. Comments nest in PostgreSQL. */
export function endOfComment(sql: string, start: number): number {
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
