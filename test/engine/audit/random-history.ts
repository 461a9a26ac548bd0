import fc from 'fast-check';
import type { Client } from 'pg';
import { Dice, randomValue } from './random-values.js';
import { rowName } from './snapshot.js';
import { idOf, tableNames, tables } from './tables.js';

/** One statement, or two that belong together. All that is random in it follows from the seed. */
export interface Change {
  readonly kind: 'insert' | 'update' | 'delete' | 'rekey' | 'delete and insert' | 'replace';
  readonly table: string;
  readonly seed: number;
}

const change: fc.Arbitrary<Change> = fc.record({
  kind: fc.oneof(
    { weight: 6, arbitrary: fc.constant('insert' as const) },
    { weight: 8, arbitrary: fc.constant('update' as const) },
    { weight: 3, arbitrary: fc.constant('delete' as const) },
    { weight: 2, arbitrary: fc.constant('rekey' as const) },
    { weight: 1, arbitrary: fc.constant('delete and insert' as const) },
    { weight: 1, arbitrary: fc.constant('replace' as const) },
  ),
  table: fc.constantFrom(...tableNames),
  seed: fc.nat(),
});

/** Transactions, each with the changes that it makes. */
export const histories = (transactions: number): fc.Arbitrary<Change[][]> =>
  fc.array(fc.array(change, { minLength: 1, maxLength: 8, size: 'max' }), {
    minLength: Math.ceil(transactions / 2),
    maxLength: transactions,
    size: 'max',
  });

interface Column {
  readonly name: string;
  readonly type: string;
  readonly required: boolean;
  readonly hasDefault: boolean;
  readonly labels: readonly string[];
  readonly unique: boolean;
  readonly parent: string | null;
  readonly parentColumn: string | null;
}

/** The errors of statements that do not fit the data. Such statements have no effect. */
const refusals = ['23502', '23503', '23505', '23001'];

/** Writes random but valid rows, past the application. */
export class RandomWriter {
  private readonly columns = new Map<string, readonly Column[]>();
  /** Verification tokens that a transaction of this run wrote to. */
  private readonly touched = new Set<string>();
  private count = 0;
  readonly made: Record<string, number> = {};
  /** The former keys of records. */
  readonly formerIds = new Map<string, string>();

  constructor(private readonly client: Client) {}

  async start(): Promise<void> {
    const { rows } = await this.client.query<Column & { table: string }>(columnsOfTables, [
      tableNames,
    ]);
    for (const name of tableNames) {
      this.columns.set(
        name,
        rows.filter(({ table }) => table === name),
      );
    }
  }

  /** Sees to it that each table has some rows. */
  async fill(seed: number, atLeast: number): Promise<void> {
    const dice = new Dice(seed);
    this.touched.clear();
    this.formerIds.clear();
    for (const table of tableNames) {
      for (let attempt = 0; attempt < 12; attempt++) {
        const { rows } = await this.client.query(`SELECT count(*)::int AS count FROM ${table}`);
        if (rows[0].count >= atLeast) break;
        await this.client.query('BEGIN');
        await this.attempt(() => this.insert(table, dice));
        await this.client.query('COMMIT');
      }
    }
  }

  /** The transaction's id, or undefined when it wrote nothing. */
  async transaction(changes: readonly Change[]): Promise<string | undefined> {
    await this.client.query('BEGIN');
    await this.client.query(`SELECT set_config('app.actor_name', 'random', true)`);
    for (const { kind, table, seed } of changes) {
      const done = await this.attempt(() => this.carryOut(kind, table, new Dice(seed)));
      if (done) this.made[kind] = (this.made[kind] ?? 0) + 1;
    }
    const { rows } = await this.client.query<{ id: string }>(
      `SELECT DISTINCT transaction_id::text AS id FROM audit_logs
       WHERE transaction_id = pg_current_xact_id_if_assigned()::text::bigint`,
    );
    await this.client.query('COMMIT');
    return rows[0]?.id;
  }

  private async attempt(work: () => Promise<unknown>): Promise<boolean> {
    await this.client.query('SAVEPOINT attempt');
    try {
      await work();
      await this.client.query('RELEASE attempt');
      return true;
    } catch (error) {
      if (!refusals.includes((error as { code: string }).code)) throw error;
      await this.client.query('ROLLBACK TO attempt');
      return false;
    }
  }

  private async carryOut(kind: Change['kind'], table: string, dice: Dice): Promise<void> {
    // A token that is inserted again gets another one, which makes it another record: from then on the
    // entries of the old one have no row. So one that was written to stays.
    const isToken = table === 'verification_tokens';
    if (isToken && ['rekey', 'delete and insert', 'replace'].includes(kind)) return;
    if (kind === 'insert') return this.insert(table, dice);
    const ids = await this.pick(table, dice, isToken ? kind === 'delete' : false);
    if (ids.length === 0) return;
    if (isToken) for (const id of ids) this.touched.add(id);
    const found = `${idOf(table)} = ANY ($1)`;
    if (kind === 'update') return this.update(table, dice, found, ids);
    if (kind === 'rekey') return this.rekey(table, dice, found, ids);
    if (kind === 'delete') {
      await this.client.query(`DELETE FROM ${table} t WHERE ${found}`, [ids]);
      return;
    }
    const { rows } = await this.client.query<{ row: string }>(
      `SELECT to_jsonb(t)::text AS row FROM ${table} t WHERE ${found}`,
      [ids],
    );
    await this.client.query(`DELETE FROM ${table} t WHERE ${found}`, [ids]);
    for (const { row } of rows) {
      const changed = kind === 'replace' ? this.newKey(table, dice) : {};
      await this.client.query(
        `INSERT INTO ${table} OVERRIDING SYSTEM VALUE
         SELECT * FROM jsonb_populate_record(NULL::${table}, $1::jsonb || $2::jsonb)`,
        [row, changed],
      );
    }
  }

  private async pick(table: string, dice: Dice, untouched: boolean): Promise<string[]> {
    const { rows } = await this.client.query<{ id: string }>(
      `SELECT ${idOf(table)} AS id FROM ${table} t
       WHERE ${untouched ? `${idOf(table)} <> ALL ($3)` : '$3::text[] IS NOT NULL'}
       ORDER BY md5(${idOf(table)} || $1) LIMIT $2`,
      [String(dice.below(1e6)), dice.once(5) ? 3 : 1, [...this.touched]],
    );
    return rows.map(({ id }) => id);
  }

  private async insert(table: string, dice: Dice): Promise<void> {
    const names: string[] = [];
    const values: string[] = [];
    const parameters: unknown[] = [];
    for (const column of this.columns.get(table)!) {
      if (column.hasDefault && dice.once(2)) continue;
      names.push(column.name);
      values.push(this.value(column, dice, parameters));
    }
    const { rows } = await this.client.query<{ id: string }>(
      `INSERT INTO ${table} AS t (${names.join(', ')}) VALUES (${values.join(', ')}) RETURNING ${idOf(table)} AS id`,
      parameters,
    );
    if (table === 'verification_tokens') this.touched.add(rows[0]!.id);
  }

  private async update(table: string, dice: Dice, found: string, ids: string[]): Promise<void> {
    const { keys } = tables[table]!;
    const columns = this.columns.get(table)!.filter(({ name }) => !keys.includes(name));
    const parameters: unknown[] = [ids];
    const chosen = new Set(Array.from({ length: 1 + dice.below(4) }, () => dice.pick(columns)));
    // A table may be all key.
    const sets = [...chosen]
      .filter((column) => column !== undefined)
      .map((column) => `${column.name} = ${this.value(column, dice, parameters)}`);
    if (sets.length === 0) return;
    await this.client.query(`UPDATE ${table} t SET ${sets.join(', ')} WHERE ${found}`, parameters);
  }

  private async rekey(table: string, dice: Dice, found: string, ids: string[]): Promise<void> {
    const key = this.columns.get(table)!.find(({ name }) => name === tables[table]!.keys[0])!;
    const parameters: unknown[] = [ids.slice(0, 1)];
    const value = this.value(key, dice, parameters);
    const { rows } = await this.client.query<{ id: string }>(
      `UPDATE ${table} t SET ${key.name} = ${value} WHERE ${found} RETURNING ${idOf(table)} AS id`,
      parameters,
    );
    this.formerIds.set(rowName(table, rows[0]!.id), ids[0]!);
  }

  private newKey(table: string, dice: Dice): Record<string, string> {
    const [key] = tables[table]!.keys;
    const { type, parent } = this.columns.get(table)!.find(({ name }) => name === key)!;
    // A key that refers to a parent stays.
    if (parent !== null) return {};
    return { [key!]: type === 'uuid' ? dice.uuid() : String(1_000_000 + ++this.count) };
  }

  /** The SQL of a value for a column; what it needs is added to the parameters. */
  private value(column: Column, dice: Dice, parameters: unknown[]): string {
    if (!column.required && dice.once(4)) return 'NULL';
    if (column.parent !== null) {
      parameters.push(String(dice.below(1e6)));
      return `(SELECT ${column.parentColumn} FROM ${column.parent}
               ORDER BY md5(${column.parentColumn}::text || $${parameters.length}) LIMIT 1)`;
    }
    parameters.push(this.parameter(column, dice));
    return `$${parameters.length}::${column.type}`;
  }

  private parameter({ type, labels, unique, required }: Column, dice: Dice): string {
    // JSON's null is told from SQL's only where SQL's cannot be.
    if (type === 'jsonb' && required && dice.once(8)) return 'null';
    if (!unique) return randomValue(dice, type, labels);
    if (type === 'text')
      return `${randomValue(dice, type, labels).slice(0, 40)} ${++this.count} ${dice.uuid()}`;
    if (type === 'integer' || type === 'bigint') return String(dice.below(2 ** 31 - 1));
    return randomValue(dice, type, labels);
  }
}

const columnsOfTables = `
  SELECT c.relname AS table, a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type,
    a.attnotnull AS required, a.atthasdef AS "hasDefault",
    ARRAY(SELECT enumlabel::text FROM pg_enum WHERE enumtypid = a.atttypid) AS labels,
    a.attname = 'email' OR EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indisunique
      AND a.attnum = ANY (i.indkey::int2[])) AS unique,
    k.confrelid::regclass::text AS parent,
    (SELECT attname FROM pg_attribute p WHERE p.attrelid = k.confrelid AND p.attnum = k.confkey[1]) AS "parentColumn"
  FROM pg_class c
  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
  LEFT JOIN pg_constraint k ON k.conrelid = c.oid AND k.contype = 'f' AND k.conkey = ARRAY[a.attnum]
  WHERE c.relnamespace = 'public'::regnamespace AND c.relname = ANY ($1)
  ORDER BY c.relname, a.attnum`;
