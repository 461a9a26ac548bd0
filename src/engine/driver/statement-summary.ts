import { endOfComment } from './statement-kinds.js';

/** What a statement does, without the values in its text. */
export interface StatementSummary {
  /** Its operations and their tables, such as `INSERT venues` or `SELECT songs venues`. */
  readonly summary: string;
  /** Its first operation, such as `INSERT`. */
  readonly operation: string;
  /** The table, if it has one operation on one table. */
  readonly table: string | undefined;
  /** Whether one of its operations writes rows. */
  readonly writes: boolean;
  /** Its text without comments, with `?` for each literal. Parameters such as `$1` stay. */
  readonly text: string;
}

/** The longest text and summary. */
const longestText = 2000;
const longestSummary = 255;

/** Summaries by the text of their statement. An application has few texts, unless it writes values into them. */
const known = new Map<string, StatementSummary>();
const mostKnown = 500;
const longestKnown = 10_000;

/** Summarizes a statement. Equal texts have the same summary, which is kept. */
export function summarize(sql: string): StatementSummary {
  let summary = known.get(sql);
  if (summary !== undefined) return summary;
  summary = summaryOf(sql);
  if (sql.length > longestKnown) return summary;
  if (known.size >= mostKnown) known.delete(known.keys().next().value!);
  known.set(sql, summary);
  return summary;
}

/** The parts of SQL (manual, "Lexical Structure"). An unfinished string or comment goes to the end. */
const token = new RegExp(
  [
    String.raw`(?<space>\s+|--[^\n]*|/\*)`,
    String.raw`(?<literal>[eE]'(?:[^'\\]|\\[^]|'')*(?:'|$)|(?:[bBxXnN]|[uU]&)?'(?:[^']|'')*(?:'|$)|\$(?<tag>(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?)\$[^]*?(?:\$\k<tag>\$|$))`,
    String.raw`(?<parameter>\$\d+)`,
    String.raw`(?<name>(?:[uU]&)?"(?:[^"]|"")*(?:"|$)|[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*)`,
    String.raw`(?<number>0[xXoObB][\da-fA-F_]+|(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:[eE][+-]?\d+)?)`,
    String.raw`(?<other>[^])`,
  ].join('|'),
  'y',
);

/** A part that the summary looks at: a name, or a character such as a parenthesis. */
interface Part {
  readonly text: string;
  /** The text in capitals, if it may be a keyword. */
  readonly word: string | undefined;
}

function summaryOf(sql: string): StatementSummary {
  const parts: Part[] = [];
  let text = '';
  token.lastIndex = 0;
  for (let at = 0; at < sql.length; at = token.lastIndex) {
    const { 0: whole, groups = {} } = token.exec(sql)!;
    if (groups.space !== undefined) {
      if (whole === '/*') token.lastIndex = endOfComment(sql, at);
      if (!text.endsWith(' ')) text += ' ';
    } else if (groups.literal !== undefined || groups.number !== undefined) {
      text += '?';
      parts.push({ text: '?', word: undefined });
    } else {
      text += whole;
      const isWord = groups.name !== undefined && !whole.endsWith('"');
      parts.push({ text: whole, word: isWord ? whole.toUpperCase() : undefined });
    }
  }
  const { operations, targets, summary } = read(parts);
  const isOne = operations.length === 1 && new Set(targets).size === 1;
  return {
    summary,
    operation: operations[0] ?? 'UNKNOWN',
    table: isOne ? targets[0] : undefined,
    writes: operations.some((operation) => writing.has(operation)),
    text: shortened(text.trim(), longestText),
  };
}

const operators = new Set(['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'MERGE']);
const writing = new Set(['INSERT', 'UPDATE', 'DELETE', 'MERGE', 'TRUNCATE', 'COPY']);

/** Words before UPDATE and DELETE that make them part of another operation: FOR UPDATE, ON DELETE, DO UPDATE. */
const noOperation = new Set(['FOR', 'KEY', 'DO', 'ON', 'OR', 'THEN', 'BEFORE', 'AFTER']);

/** Functions whose arguments have FROM between them. */
const withFrom = new Set(['EXTRACT', 'SUBSTRING', 'TRIM', 'OVERLAY', 'POSITION']);

const beforeTable = new Set([
  'FROM',
  'JOIN',
  'INTO',
  'UPDATE',
  'TABLE',
  'USING',
  'TRUNCATE',
  'COPY',
]);
const passedOver = new Set(['ONLY', 'LATERAL', 'IF', 'NOT', 'EXISTS']);

/** Finds the operations and tables, in their order. */
function read(parts: readonly Part[]): {
  operations: string[];
  targets: string[];
  summary: string;
} {
  const operations: string[] = [];
  const targets: string[] = [];
  const summary: string[] = [];
  const ownNames = namesOfCommonTables(parts);
  /** For each open parenthesis, the function that it belongs to. */
  const around: (string | undefined)[] = [];
  const first = parts.find(({ word }) => word !== undefined)?.word;
  if (first !== undefined && first !== 'WITH' && !operators.has(first)) {
    const [, second] = parts;
    const isOfObject = /^(?:CREATE|ALTER|DROP)$/.test(first) && second?.word !== undefined;
    operations.push(first);
    summary.push(isOfObject ? `${first} ${second.word}` : first);
  }
  for (let at = 0; at < parts.length; at++) {
    const { text, word } = parts[at]!;
    const before = parts[at - 1]?.word;
    if (text === '(') around.push(before);
    else if (text === ')') around.pop();
    else if (word === undefined) continue;
    else if (operators.has(word) && !noOperation.has(before ?? '')) {
      operations.push(word);
      summary.push(word);
    }
    if (word === undefined || !beforeTable.has(word)) continue;
    // REVOKE … FROM a role.
    if (first === 'GRANT' || first === 'REVOKE') continue;
    if (word === 'FROM' && (before === 'DISTINCT' || withFrom.has(around.at(-1) ?? ''))) continue;
    if (word === 'TRUNCATE' && parts[at + 1]?.word === 'TABLE') continue;
    if (word === 'UPDATE' && noOperation.has(before ?? '')) continue;
    if (word === 'USING' && operations.at(-1) !== 'DELETE' && operations.at(-1) !== 'MERGE')
      continue;
    for (const target of tablesAfter(parts, at, word)) {
      if (ownNames.has(target)) continue;
      targets.push(target);
      summary.push(target);
    }
  }
  return { operations, targets, summary: shortenedWords(summary) };
}

/** The names that WITH gives to its queries. */
function namesOfCommonTables(parts: readonly Part[]): Set<string> {
  const names = new Set<string>();
  if (!parts.some(({ word }) => word === 'WITH')) return names;
  parts.forEach(({ word }, at) => {
    if (word !== 'AS') return;
    const hint = /^(?:NOT|MATERIALIZED)$/;
    let next = at + 1;
    while (hint.test(parts[next]?.word ?? '')) next++;
    if (parts[next]?.text !== '(') return;
    // The name may have a list of columns.
    let name = at - 1;
    if (parts[name]?.text === ')') while (name >= 0 && parts[name]!.text !== '(') name--;
    const found = parts[parts[at - 1]?.text === ')' ? name - 1 : name];
    if (found !== undefined) names.add(unquoted(found.text));
  });
  return names;
}

/** The tables after a word such as FROM: one, or several with commas between them. */
function tablesAfter(parts: readonly Part[], at: number, word: string): string[] {
  const found: string[] = [];
  let next = at + 1;
  for (;;) {
    while (passedOver.has(parts[next]?.word ?? '')) next++;
    const name = nameAt(parts, next);
    if (name === undefined) return found;
    next = name.end;
    const isCall = parts[next]?.text === '(' && /^(?:FROM|JOIN|USING)$/.test(word);
    if (!isCall) found.push(name.name);
    if (word !== 'FROM' || isCall) return found;
    if (parts[next]?.word === 'AS') next++;
    if (parts[next]?.text !== ',' && nameAt(parts, next) !== undefined) next++;
    if (parts[next]?.text !== ',') return found;
    next++;
  }
}

/** The name at a place, such as `audit.renames`. */
function nameAt(parts: readonly Part[], at: number): { name: string; end: number } | undefined {
  const names: string[] = [];
  for (let next = at; ; next += 2) {
    const part = parts[next];
    const isName = part !== undefined && (part.word !== undefined || part.text.endsWith('"'));
    if (!isName || (part.word !== undefined && operators.has(part.word))) return undefined;
    names.push(unquoted(part.text));
    if (parts[next + 1]?.text !== '.') return { name: names.join('.'), end: next + 1 };
  }
}

function unquoted(name: string): string {
  return name.endsWith('"') ? name.slice(name.indexOf('"') + 1, -1).replaceAll('""', '"') : name;
}

/** Joins words as far as they fit as a whole. */
function shortenedWords(words: readonly string[]): string {
  let joined = '';
  for (const word of words) {
    const longer = joined === '' ? word : `${joined} ${word}`;
    if (longer.length > longestSummary) break;
    joined = longer;
  }
  return joined === '' ? 'UNKNOWN' : joined;
}

function shortened(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length)}…`;
}
