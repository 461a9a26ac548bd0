import type { EntityManager } from 'typeorm';
import type { SharedTable } from './customer-tables.js';

/** A row as the texts of its columns. PostgreSQL's text of a value is read back exactly. */
export type Row = readonly (string | null)[];

/** The number of rows that are in memory at once. */
const batchRows = 2000;

/** Some rows of a table, in the order of its key. */
type Rows = Pick<SharedTable, 'name' | 'columns' | 'key' | 'condition'>;

/** Reads the customer's rows of a table in batches, in the order of the primary key. */
export function readRows(manager: EntityManager, table: Rows): AsyncGenerator<Row[]> {
  const texts = table.columns.map(({ name }) => `${name}::text`).join(', ');
  const order = table.key.map((column) => `${column}::text COLLATE "C"`).join(', ');
  return fetchAll(
    manager,
    `SELECT ARRAY[${texts}] AS row FROM ${table.name} WHERE ${table.condition} ORDER BY ${order}`,
  );
}

let cursors = 0;

/** Reads the column `row` of a query in batches. */
export async function* fetchAll(manager: EntityManager, sql: string): AsyncGenerator<Row[]> {
  const cursor = `moved_${++cursors}`;
  await manager.query(`DECLARE ${cursor} NO SCROLL CURSOR FOR ${sql}`);
  for (;;) {
    const batch = await manager.query<{ row: Row }[]>(`FETCH ${batchRows} FROM ${cursor}`);
    if (batch.length === 0) break;
    yield batch.map(({ row }) => row);
  }
  await manager.query(`CLOSE ${cursor}`);
}

/** Writes rows in their order, and returns `returning` of those that were written. */
export async function writeRows<Returned>(
  manager: EntityManager,
  table: Pick<SharedTable, 'name' | 'columns'>,
  rows: readonly Row[],
  { onConflict = '', returning }: { onConflict?: string; returning: string },
): Promise<Returned[]> {
  const names = table.columns.map(({ name }) => name).join(', ');
  const values = table.columns.map(({ type }, index) => `(r.row ->> ${index})::${type}`).join(', ');
  return await manager.query<Returned[]>(
    `INSERT INTO ${table.name} (${names}) OVERRIDING SYSTEM VALUE
     SELECT ${values} FROM json_array_elements($1::json) WITH ORDINALITY AS r (row, place)
     ORDER BY place ${onConflict} RETURNING ${returning}`,
    [JSON.stringify(rows)],
  );
}

/** Whether two rows have the same texts. */
export function isSameRow(a: Row | undefined, b: Row | undefined): boolean {
  return a?.length === b?.length && (a ?? []).every((text, index) => text === b![index]);
}
