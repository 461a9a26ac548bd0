import { QueryFailedError, type EntityManager } from 'typeorm';
import { ActorContext } from '../engine/actor/actor-context.js';
import { isUuid } from '../engine/common/uuid.js';
import type { DatabaseDataSource } from '../engine/transaction/database.data-source.js';
import { customerTables, type CustomerTable, type CustomerTables } from './customer-tables.js';
import { collectRecords, compareTrail, copyTrail } from './customer-trail.js';
import { CustomerCopyDiffersError, CustomerMoveError } from './errors.js';
import { isSameRow, readRows, writeRows, type Row } from './rows.js';

/** What was moved. */
export interface MovedCustomer {
  /** The number of the customer's rows in each table. */
  readonly rows: Readonly<Record<string, number>>;
  /** The number of rows that were copied, in each table that customers share, such as users. */
  readonly shared: Readonly<Record<string, number>>;
  /** The number of entries of the audit trail. */
  readonly entries: number;
}

export interface MoveCustomerOptions {
  /**
   * Called when the copy is committed and compared, before the rows of the source are deleted. Writes of the
   * customer are still refused. The place to change the directory. If it throws, the source keeps the rows.
   */
  onCopied?: (moved: MovedCustomer) => void | Promise<void>;
}

/**
 * Moves a customer with its audit trail to another database of the same schema.
 *
 * The rows of the customer are locked in the source until the end: reads go on, and writes wait for their
 * `lock_timeout` and fail with 55P03. Every row and entry is compared after the copy. If anything fails, the
 * source stays as it was. If the copy was committed, a second call compares it and continues.
 *
 * Users, roles and other rows that several customers may share are copied if the target lacks them, and stay in
 * the source; sessions are not copied. The trail of the source keeps its entries, and gets those of the deletion.
 *
 * @param customerProfileId the customer profile
 * @throws CustomerMoveError when the source has no such customer, the schemas differ, the source isolates its tenants
 *   and the target does not, a unique value or number is taken in the target, or the role lacks the right to copy
 *   without recording
 * @throws CustomerCopyDiffersError when a copy differs from its original
 */
export async function moveCustomer(
  source: DatabaseDataSource,
  target: DatabaseDataSource,
  customerProfileId: string,
  options: MoveCustomerOptions = {},
): Promise<MovedCustomer> {
  const move = () =>
    source.transaction(async (from) => {
      await withoutTimeouts(from);
      const tables = await customerTables(
        from,
        isUuid(customerProfileId) ? customerProfileId : nobody,
      );
      await freeze(from, tables.owned, customerProfileId);
      await collectRecords(from, tables.owned);
      const shared = await copy(from, target, tables, customerProfileId);
      const moved = { shared, ...(await compare(from, target, tables)) };
      await options.onCopied?.(moved);
      await erase(from, tables.owned, moved.rows);
      return moved;
    });
  return ActorContext.current()
    ? await move()
    : await ActorContext.run({ name: 'customer move' }, move);
}

const nobody = '00000000-0000-0000-0000-000000000000';

/** The transactions wait for each other for as long as the copy takes. */
async function withoutTimeouts(manager: EntityManager): Promise<void> {
  await manager.query(
    `SELECT set_config('statement_timeout', '0', true), set_config('idle_in_transaction_session_timeout', '0', true)`,
  );
}

/**
 * Locks the customer's rows. Parents come first: the lock of a parent keeps new rows from referring to it.
 *
 * @throws CustomerMoveError
 */
async function freeze(
  from: EntityManager,
  owned: readonly CustomerTable[],
  customerProfileId: string,
): Promise<void> {
  for (const { name, condition } of owned) {
    const [{ count }] = await from.query<[{ count: number }]>(
      `SELECT count(*)::integer AS count FROM (SELECT FROM ${name} WHERE ${condition} FOR UPDATE) AS locked`,
    );
    if (name === owned[0]!.name && count === 0) {
      throw new CustomerMoveError(
        `the source has no customer profile ${customerProfileId}`,
        'It may have been moved already.',
      );
    }
  }
}

/** Copies in one transaction of the target, unless an earlier call has. Returns the copied shared rows. */
async function copy(
  from: EntityManager,
  target: DatabaseDataSource,
  tables: CustomerTables,
  customerProfileId: string,
): Promise<Record<string, number>> {
  try {
    return await target.transaction(async (to) => {
      await withoutTimeouts(to);
      const there = await customerTables(to, customerProfileId);
      assertSameSchema(tables, there);
      assertIsolated(tables, there);
      const [root] = there.owned;
      const present = await to.query<unknown[]>(
        `SELECT FROM ${root!.name} WHERE ${root!.condition} FOR UPDATE`,
      );
      if (present.length > 0) return {};
      await assertNumbersApart(from, to, tables.owned);
      await withoutTriggers(to);
      const shared = await copyShared(from, to, tables);
      for (const table of tables.owned) {
        for await (const rows of readRows(from, table)) {
          await writeRows(to, table, rows, { returning: '1' });
        }
      }
      await copyTrail(from, to);
      return shared;
    });
  } catch (error) {
    const cause = error instanceof QueryFailedError ? (error.driverError as { code?: string }) : {};
    if (cause.code === '23505') throw CustomerMoveError.ofConstraint(cause as Error);
    throw error;
  }
}

/** Without triggers no copied row is recorded as new, and none gets a new `updated_at`. */
async function withoutTriggers(to: EntityManager): Promise<void> {
  try {
    await to.query(`SET LOCAL session_replication_role = replica`);
  } catch (error) {
    if ((error as { code?: string }).code === '42501')
      throw CustomerMoveError.ofRights(error as Error);
    throw error;
  }
}

async function copyShared(
  from: EntityManager,
  to: EntityManager,
  { shared }: CustomerTables,
): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const table of shared) {
    const texts = table.columns.map(({ name }) => `${name}::text`).join(', ');
    const places = table.key.map((column) =>
      table.columns.findIndex(({ name }) => name === column),
    );
    const keyOf = (row: Row) => places.map((place) => row[place]).join('\0');
    for await (const rows of readRows(from, table)) {
      const written = await writeRows<{ row: Row }>(to, table, rows, {
        onConflict: `ON CONFLICT (${table.key.join(', ')}) DO NOTHING`,
        returning: `ARRAY[${texts}] AS row`,
      });
      const originals = new Map(rows.map((row) => [keyOf(row), row]));
      for (const { row } of written) {
        const isSame = isSameRow(row, originals.get(keyOf(row)));
        if (!isSame) throw new CustomerCopyDiffersError(`a row of ${table.name}`);
      }
      if (written.length > 0) counts[table.name] = (counts[table.name] ?? 0) + written.length;
    }
  }
  return counts;
}

/** @throws CustomerCopyDiffersError */
async function compare(
  from: EntityManager,
  target: DatabaseDataSource,
  { owned }: CustomerTables,
): Promise<Omit<MovedCustomer, 'shared'>> {
  return await target.transaction(async (to) => {
    await withoutTimeouts(to);
    const rows: Record<string, number> = {};
    for (const table of owned) {
      const copies = readRows(to, table);
      let count = 0;
      for await (const originals of readRows(from, table)) {
        const { value = [] } = await copies.next();
        const different = originals.find((row, index) => !isSameRow(row, value[index]));
        if (different !== undefined || value.length !== originals.length) {
          throw new CustomerCopyDiffersError(`a row of ${table.name}`);
        }
        count += originals.length;
      }
      const { value: surplus } = await copies.next();
      if (surplus !== undefined)
        throw new CustomerCopyDiffersError(`a row of ${table.name} is new`);
      if (count > 0) rows[table.name] = count;
    }
    return { rows, entries: await compareTrail(from, to) };
  });
}

/** Deletes the customer's rows, children first. */
async function erase(
  from: EntityManager,
  owned: readonly CustomerTable[],
  moved: Readonly<Record<string, number>>,
): Promise<void> {
  for (const { name, condition } of [...owned].reverse()) {
    const [, deleted] = await from.query<[unknown, number]>(
      `DELETE FROM ${name} WHERE ${condition}`,
    );
    // A table without a foreign key to the customer cannot be kept from getting new rows.
    if (deleted !== (moved[name] ?? 0))
      throw new CustomerCopyDiffersError(`a row of ${name} is new`);
  }
}

/** @throws CustomerMoveError */
function assertSameSchema(here: CustomerTables, there: CustomerTables): void {
  const describe = ({ owned, shared }: CustomerTables) =>
    JSON.stringify([...owned, ...shared].map(({ name, columns, key }) => ({ name, columns, key })));
  if (describe(here) === describe(there)) return;
  throw new CustomerMoveError(
    'the tables of source and target differ',
    'Run the migrations of the same version in both.',
  );
}

/**
 * Where no policies restrict the rows, every tenant of the target could read those of the customer.
 *
 * @throws CustomerMoveError
 */
function assertIsolated(here: CustomerTables, there: CustomerTables): void {
  const isolated = new Set(here.owned.filter((table) => table.isIsolated).map(({ name }) => name));
  const open = there.owned.find(({ name, isIsolated }) => isolated.has(name) && !isIsolated);
  if (open === undefined) return;
  throw new CustomerMoveError(
    `the tenants of ${open.name} are isolated in the source and not in the target`,
    'Run the migration that isolates the tables in both (docs/tenancy.md).',
  );
}

/** The numbers that a cell has for itself: see docs/scaling.md. */
const numbersOfCell = 1_000_000_000;

/**
 * The target must not give out the numbers of the copied rows again.
 *
 * @throws CustomerMoveError
 */
async function assertNumbersApart(
  from: EntityManager,
  to: EntityManager,
  owned: readonly CustomerTable[],
): Promise<void> {
  for (const { name, columns, condition } of owned) {
    for (const { name: column, sequence } of columns) {
      if (sequence === null) continue;
      const [{ last }] = await to.query<[{ last: string }]>(
        `SELECT last_value::text AS last FROM ${sequence}`,
      );
      const [{ taken }] = await from.query<[{ taken: boolean }]>(
        `SELECT EXISTS (SELECT FROM ${name} WHERE ${condition}
                        AND ${column} BETWEEN $1::bigint AND $1::bigint + $2::bigint) AS taken`,
        [last, numbersOfCell],
      );
      if (!taken) continue;
      throw new CustomerMoveError(
        `the target counts ${name} from ${last}, and would give out numbers of the customer's rows again`,
        'Give each cell numbers of its own: see docs/scaling.md.',
      );
    }
  }
}
