const name = String.raw`(?:"(?:[^"]|"")+"|[\w$]+)`;

/** CREATE INDEX CONCURRENTLY, with the names of the index and its table. */
const buildsConcurrently = new RegExp(
  String.raw`\bcreate\s+(?:unique\s+)?index\s+concurrently\s+(?:if\s+not\s+exists\s+)?(${name})\s+on\s+(?:only\s+)?(${name}(?:\.${name})?)`,
  'i',
);

/**
 * Returns the invalid index that an earlier attempt of CREATE INDEX CONCURRENTLY left behind, as SQL names it.
 * While it exists, the statement fails because the name is taken, or with IF NOT EXISTS leaves it invalid.
 */
export async function findUnfinishedIndex(
  sql: string,
  readRows: <Row>(sql: string, parameters: unknown[]) => Promise<Row[]>,
): Promise<string | undefined> {
  const [, index, table] = buildsConcurrently.exec(sql) ?? [];
  if (index === undefined) return undefined;
  const [unfinished] = await readRows<{ name: string }>(
    `SELECT i.indexrelid::regclass::text AS name
     FROM pg_index i
     JOIN pg_class c ON c.oid = i.indexrelid
     WHERE i.indrelid = to_regclass($1) AND c.relname = (parse_ident($2))[1] AND NOT i.indisvalid`,
    [table, index],
  );
  return unfinished?.name;
}
