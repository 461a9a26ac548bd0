import type { EntityManager } from 'typeorm';
import type { CustomerTable } from './customer-tables.js';
import { CustomerCopyDiffersError, CustomerMoveError } from './errors.js';
import { fetchAll, isSameRow, writeRows, type Row } from './rows.js';

/** The columns of the trail that are copied as they are. */
interface TrailColumns {
  readonly names: readonly string[];
  readonly types: readonly string[];
}

/** The records of a customer with entries in the trail, also those that were deleted. */
const records = 'pg_temp.moved_records';

/**
 * Collects the records of a customer in a temporary table of the transaction. Deleted records are found by the
 * references in their images. It reads the trail once for each table.
 *
 * @throws CustomerMoveError when entries have the name that a table had before it was renamed
 */
export async function collectRecords(
  manager: EntityManager,
  tables: readonly CustomerTable[],
): Promise<void> {
  const audited = tables.filter(({ recorded }) => recorded !== null);
  await assertNotRenamed(manager, audited);
  await manager.query(`
    CREATE TEMPORARY TABLE ${records.slice(8)} (
      table_name text COLLATE "C", record_id text COLLATE "C", PRIMARY KEY (table_name, record_id)
    ) ON COMMIT DROP`);
  const names = new Map(audited.map(({ name, recorded }) => [name, recorded]));
  for (const { name, recorded, condition, owners } of audited) {
    const [{ key }] = await manager.query<[{ key: string }]>(
      `SELECT audit.key_sql($1::regclass, redacted_columns, 't', true) AS key
       FROM audit.audited_tables WHERE table_name = $2`,
      [name, recorded],
    );
    await manager.query(
      `INSERT INTO ${records} SELECT $1, ${key} FROM ${name} t WHERE ${condition}`,
      [recorded],
    );
    const references = owners
      .filter(({ parent }) => names.has(parent))
      .flatMap(({ column, parent }) =>
        ['old_data', 'new_data'].map(
          (image) => `${image} ->> ${literal(column)} IN (
            SELECT record_id FROM ${records} WHERE table_name = ${literal(names.get(parent)!)})`,
        ),
      );
    if (references.length === 0) continue;
    await manager.query(
      `INSERT INTO ${records}
       SELECT DISTINCT table_name, record_id FROM audit_logs
       WHERE table_name = $1 AND record_id IS NOT NULL AND (${references.join(' OR ')})
       ON CONFLICT DO NOTHING`,
      [recorded],
    );
    // A row that went to another customer takes its history along.
    await manager.query(
      `DELETE FROM ${records} r USING ${name} t
       WHERE r.table_name = $1 AND r.record_id = ${key} AND (${condition}) IS NOT TRUE`,
      [recorded],
    );
  }
}

/** Copies the entries of the collected records. They get new numbers, in the same order. */
export async function copyTrail(source: EntityManager, target: EntityManager): Promise<number> {
  const columns = await trailColumns(source);
  const undone = await undoneSequences(source);
  const numbers = new Map<string, string>();
  let copied = 0;
  let pending: { sequence: string; row: Row }[] = [];
  const id = columns.names.indexOf('audit_logs_id');
  const pass = async () => {
    const table = { name: 'audit_logs', columns: asColumns(columns) };
    const rows = pending.map(({ row }) => row);
    // The trail is append-only: entries of an earlier move, whose copy was deleted, are there.
    await writeRows(target, table, rows, { onConflict: 'ON CONFLICT DO NOTHING', returning: '1' });
    const needed = new Map(
      pending
        .filter(({ sequence }) => undone.has(sequence))
        .map(({ sequence, row }) => [row[id]!, sequence]),
    );
    const found = await target.query<{ id: string; number: string }[]>(
      `SELECT audit_logs_id::text AS id, sequence::text AS number FROM audit_logs
       WHERE audit_logs_id = ANY ($1)`,
      [[...needed.keys()]],
    );
    for (const { id, number } of found) numbers.set(needed.get(id)!, number);
    copied += pending.length;
    pending = [];
  };
  for await (const batch of readTrail(source, columns)) {
    for (const [sequence, undoes, ...row] of batch) {
      // The number of an entry is known once it is written.
      if (pending.some((entry) => entry.sequence === undoes)) await pass();
      pending.push({ sequence: sequence!, row: [...row, numbers.get(undoes ?? '') ?? null] });
    }
    await pass();
  }
  return copied;
}

/**
 * Compares every entry with its copy, and their order.
 *
 * @throws CustomerCopyDiffersError
 */
export async function compareTrail(source: EntityManager, target: EntityManager): Promise<number> {
  const columns = await trailColumns(source);
  const undone = await undoneSequences(source);
  const numbers = new Map<string, string>();
  let compared = 0;
  for await (const batch of readTrail(source, columns)) {
    const id = columns.names.indexOf('audit_logs_id') + 2;
    const copies = await target.query<{ row: Row }[]>(
      `SELECT ARRAY[${trailTexts(columns)}] AS row FROM audit_logs
       WHERE audit_logs_id = ANY ($1) ORDER BY sequence`,
      [batch.map((entry) => entry[id])],
    );
    batch.forEach(([sequence, undoes, ...row], index) => {
      const [number, undoesThere, ...copy] = copies[index]?.row ?? [];
      if (undone.has(sequence!)) numbers.set(sequence!, number!);
      const undoesHere = numbers.get(undoes ?? '') ?? null;
      if (!isSameRow(row, copy) || undoesHere !== (undoesThere ?? null)) {
        throw new CustomerCopyDiffersError(`the entry ${row[id - 2]} of the trail`);
      }
      compared++;
    });
  }
  return compared;
}

function readTrail(source: EntityManager, columns: TrailColumns): AsyncGenerator<Row[]> {
  return fetchAll(
    source,
    `SELECT ARRAY[${trailTexts(columns)}] AS row
     FROM audit_logs JOIN ${records} USING (table_name, record_id) ORDER BY sequence`,
  );
}

function trailTexts({ names }: TrailColumns): string {
  return ['sequence', 'undoes', ...names].map((name) => `${name}::text`).join(', ');
}

/** The columns of a copied entry, with the one that refers to another entry last. */
function asColumns({ names, types }: TrailColumns) {
  const columns = names.map((name, index) => ({ name, type: types[index]!, sequence: null }));
  return [...columns, { name: 'undoes', type: 'bigint', sequence: null }];
}

async function trailColumns(manager: EntityManager): Promise<TrailColumns> {
  const [columns] = await manager.query<[TrailColumns]>(
    `SELECT json_agg(quote_ident(attname) ORDER BY attnum) AS names,
            json_agg(format_type(atttypid, atttypmod) ORDER BY attnum) AS types
     FROM pg_attribute
     WHERE attrelid = 'audit_logs'::regclass AND attnum > 0 AND NOT attisdropped
       AND attname NOT IN ('sequence', 'undoes')`,
  );
  return columns;
}

/** The entries that others undid, whose new numbers are needed. */
async function undoneSequences(source: EntityManager): Promise<ReadonlySet<string>> {
  const undone = await source.query<{ undoes: string }[]>(
    `SELECT DISTINCT undoes::text AS undoes FROM audit_logs JOIN ${records} USING (table_name, record_id)
     WHERE undoes IS NOT NULL`,
  );
  return new Set(undone.map(({ undoes }) => undoes));
}

async function assertNotRenamed(
  manager: EntityManager,
  audited: readonly CustomerTable[],
): Promise<void> {
  const [renamed] = await manager.query<{ name: string }[]>(
    'SELECT new_name AS name FROM audit.renames WHERE table_name = ANY ($1) OR new_name = ANY ($1)',
    [audited.map(({ recorded }) => recorded)],
  );
  if (renamed === undefined) return;
  throw new CustomerMoveError(
    `the trail has entries under another name of ${renamed.name}, which was renamed`,
    'Prune these entries first (singr-db audit prune).',
  );
}

function literal(text: string): string {
  const name = text.startsWith('"') ? text.slice(1, -1).replaceAll('""', '"') : text;
  return `'${name.replaceAll("'", "''")}'`;
}
