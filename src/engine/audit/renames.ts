import { escapeLiteral } from 'pg';
import { parse, stringify } from 'lossless-json';

/** A rename of a table or a column, from `audit.renames`. */
export interface Rename {
  /** The table's name in the trail before the rename. */
  readonly table: string;
  /** Null when the table itself was renamed. */
  readonly column: string | null;
  readonly newName: string;
  /** The sequence of the last entry before the rename. */
  readonly sequence: string;
}

/** A period in the history of a table in which nothing was renamed. */
export interface Period {
  /** The table's name in the trail during the period. */
  readonly name: string;
  /** The sequence of the last entry before the period; null if the period starts with the trail. */
  readonly after: string | null;
  /** The sequence of the last entry in the period; null for the current period. */
  readonly until: string | null;
  /** The current names of columns, by their names during the period. */
  readonly columns: ReadonlyMap<string, string>;
}

/** The periods of the table that is called `name` today, the newest first. */
export function periodsOf(name: string, renames: readonly Rename[]): Period[] {
  const periods: Period[] = [];
  let period: Omit<Period, 'after'> = { name, until: null, columns: new Map() };
  for (const rename of renames.toReversed()) {
    const { table, column, newName, sequence } = rename;
    const isOfTable = column === null && newName === period.name;
    const isOfColumn = column !== null && table === period.name;
    // Before this rename, another table had the name.
    const wasAnothers = column === null && table === period.name;
    if (!isOfTable && !isOfColumn && !wasAnothers) continue;
    periods.push({ ...period, after: sequence });
    if (wasAnothers) return periods;
    const columns = new Map(period.columns);
    if (isOfColumn) {
      columns.set(column, columns.get(newName) ?? newName);
      // If another column had the new name before, it was dropped.
      columns.set(newName, `${newName} (dropped)`);
    }
    period = { name: table, until: sequence, columns };
  }
  return [...periods, { ...period, after: null }];
}

/** The current name of an entry's table. */
export function nameToday(name: string, sequence: string, renames: readonly Rename[]): string {
  return renames
    .filter((rename) => rename.column === null && BigInt(rename.sequence) >= BigInt(sequence))
    .reduce((current, { table, newName }) => (table === current ? newName : current), name);
}

/** Translates an entry to the current names of its table and columns. */
export function underNamesOfToday<
  Entry extends {
    readonly table: string;
    readonly sequence: string;
    readonly operation: string;
    readonly recordId: string | null;
    readonly oldData: string | null;
    readonly newData: string | null;
    readonly changedColumns: string[] | null;
  },
>(entry: Entry, renames: readonly Rename[]): Entry {
  if (renames.length === 0) return entry;
  const table = nameToday(entry.table, entry.sequence, renames);
  const sequence = BigInt(entry.sequence);
  const period = periodsOf(table, renames).find(
    ({ after }) => after === null || sequence > BigInt(after),
  );
  const columns = period?.columns ?? new Map<string, string>();
  if (columns.size === 0 || !isRowOperation(entry.operation)) return { ...entry, table };
  return {
    ...entry,
    table,
    recordId: entry.recordId?.startsWith('{') ? inOrder(entry.recordId, columns) : entry.recordId,
    oldData: renamed(entry.oldData, columns),
    newData: renamed(entry.newData, columns),
    changedColumns: entry.changedColumns?.map((name) => columns.get(name) ?? name) ?? null,
  };
}

const isRowOperation = (operation: string) => ['INSERT', 'UPDATE', 'DELETE'].includes(operation);

function renamed(image: string | null, columns: ReadonlyMap<string, string>): string | null {
  if (image === null) return null;
  // lossless-json keeps numbers as they are written.
  const row = Object.entries(parse(image) as Record<string, unknown>);
  return stringify(
    Object.fromEntries(row.map(([name, value]) => [columns.get(name) ?? name, value])),
  )!;
}

function inOrder(recordId: string, columns: ReadonlyMap<string, string>): string {
  const parts = Object.entries(JSON.parse(recordId) as Record<string, string>);
  return compositeId(parts.map(([name, value]) => [columns.get(name) ?? name, value]));
}

/**
 * Formats a record id of several columns as jsonb does: keys in the order of their length, then of their
 * bytes, and a space after each colon and comma.
 */
export function compositeId(parts: readonly (readonly [column: string, value: string])[]): string {
  const sorted = parts.toSorted(
    ([a], [b]) =>
      Buffer.byteLength(a) - Buffer.byteLength(b) || Buffer.compare(Buffer.from(a), Buffer.from(b)),
  );
  return `{${sorted.map(([column, value]) => `${JSON.stringify(column)}: ${JSON.stringify(value)}`).join(', ')}}`;
}

/**
 * SQL to read a table's entries from: `audit_logs`, or a subquery that includes the entries of former names
 * and translates all of them to the current names.
 */
export function trailOf({
  name,
  periods,
  keyColumns,
}: {
  readonly name: string;
  readonly periods: readonly Period[];
  readonly keyColumns: readonly string[];
}): string {
  const [only, ...others] = periods;
  if (only!.after === null && others.length === 0) return 'audit_logs';
  const ofPeriod = periods.map(({ name: then, after, until }) =>
    [
      `table_name = ${escapeLiteral(then)}`,
      ...(after === null ? [] : [`sequence > ${after}`]),
      ...(until === null ? [] : [`sequence <= ${until}`]),
    ].join(' AND '),
  );
  // The oldest period comes first, because an entry belongs to the first period that it is not later than.
  const mapped = periods.filter(({ columns }) => columns.size > 0).toReversed();
  const translate = (plain: string, translated: (columns: string) => string) =>
    mapped.length === 0
      ? plain
      : `CASE ${mapped
          .map(
            ({ until, columns }) =>
              `WHEN sequence <= ${until} AND ${isOfRow} THEN ${translated(today(columns))}`,
          )
          .join(' ')} ELSE ${plain} END`;
  const object = (json: string) => (key: string) =>
    `(SELECT jsonb_object_agg(${key}, value) FROM jsonb_each(${json}) AS pair (name, value))`;
  const list = (key: string) => `(SELECT array_agg(${key}) FROM unnest(changed_columns) AS name)`;
  const id =
    keyColumns.length === 1
      ? 'record_id'
      : translate('record_id', (key) => `${object('record_id::jsonb')(key)}::text`);
  return `(
    SELECT audit_logs_id, sequence, created_at, transaction_id, operation, user_id, user_key, actor_name, on_behalf_of, reason,
      context, request_id, route, database_role, undoes, tenant_id, former_tenant_id, ${escapeLiteral(name)}::text COLLATE "C" AS table_name, ${id} AS record_id,
      ${translate('changed_columns', list)} AS changed_columns,
      ${translate('old_data', object('old_data'))} AS old_data,
      ${translate('new_data', object('new_data'))} AS new_data
    FROM audit_logs WHERE ${ofPeriod.map((condition) => `(${condition})`).join(' OR ')}
  ) AS audit_logs`;
}

const isOfRow = `operation IN ('INSERT', 'UPDATE', 'DELETE')`;

/** SQL of the current name of a column, by its name during the period. */
function today(columns: ReadonlyMap<string, string>): string {
  const cases = [...columns].map(
    ([then, now]) => `WHEN ${escapeLiteral(then)} THEN ${escapeLiteral(now)}`,
  );
  return `CASE name ${cases.join(' ')} ELSE name END`;
}
