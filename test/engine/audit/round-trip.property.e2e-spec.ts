import {
  ActorContext,
  entities,
  UndoConflictError,
  type UndoConflict,
  type UndoTransactionOptions,
} from '@singr/database';
import fc from 'fast-check';
import type { EntityTarget, ObjectLiteral } from 'typeorm';
import type { ReadableTable } from '../../../src/engine/audit/audited-table.js';
import type { UndoStep } from '../../../src/engine/audit/undo/undo-options.js';
import { isEmbedded, useDatabase } from '../../support/database.js';
import { histories, RandomWriter } from './random-history.js';
import { Dice } from './random-values.js';
import { rowName, takeSnapshot, type RowState, type Snapshot } from './snapshot.js';
import { forwardOnly, tables } from './tables.js';
import { useTrail } from './trail-app.js';

/** The state of the database between two transactions. */
interface Moment {
  readonly at: string;
  readonly rows: Snapshot;
  readonly entities: ReadonlyMap<EntityTarget<ObjectLiteral>, readonly string[]>;
}

const size = isEmbedded ? { runs: 5, transactions: 5 } : { runs: 30, transactions: 9 };
const placeholder = /^\[redacted\] [0-9a-f-]{36}$/;

describe('any sequence of writes to the 30 tables', () => {
  const database = useDatabase();
  const trail = useTrail(database);
  let writer: RandomWriter;
  const counts = { states: 0, images: 0, entities: 0, undone: 0, lost: 0, madeUp: 0 };

  it('each state can be read from the trail, and undoing everything restores the first one', async () => {
    writer = new RandomWriter(trail.client);
    await writer.start();
    const property = fc.asyncProperty(
      histories(size.transactions),
      fc.nat(),
      async (history, seed) => {
        await writer.fill(seed, 3);
        const moments = [await remember(seed)];
        const transactions: { id: string; before: number }[] = [];
        for (const changes of history) {
          const id = await writer.transaction(changes);
          if (id !== undefined) transactions.push({ id, before: moments.length - 1 });
          moments.push(await remember(seed + moments.length));
        }
        await findAgain(moments);
        await undoAll(transactions, moments);
        // The trail has grown by the undoing; what was, still was.
        await findAgain(moments.slice(0, 2));
      },
    );
    // A few histories may leave out a kind of change: then there are more.
    for (let round = 0; round < 3 && Math.min(...Object.values(counts)) === 0; round++) {
      await fc.assert(property, { numRuns: size.runs, endOnFailure: true });
    }
    process.stderr.write(`Round trip: ${JSON.stringify({ ...counts, ...writer.made })}\n`);
    expect(Math.min(...Object.values(counts))).toBeGreaterThan(0);
  }, 900_000);

  async function remember(seed: number): Promise<Moment> {
    const rows = await takeSnapshot(trail.client);
    const sample = new Map<EntityTarget<ObjectLiteral>, readonly string[]>();
    const dice = new Dice(seed);
    for (let count = 0; count < 8; count++) {
      const entity = dice.pick(entities.filter(({ name }) => name !== 'AuditLog'));
      sample.set(
        entity,
        withoutSecrets(entity, await trail.dataSource.getRepository(entity).find()),
      );
    }
    // A clock of milliseconds must not give the next transaction this very time.
    const [{ at }] = (await database.query<{ at: string }>(
      `SELECT pg_sleep(0.002), clock_timestamp()::text AS at, pg_sleep(0.002)`,
    )) as [{ at: string }];
    return { at, rows, entities: sample };
  }

  async function findAgain(moments: readonly Moment[]): Promise<void> {
    const known = new Map(moments.flatMap(({ rows }) => [...rows]));
    const readable = new Map<string, ReadableTable>();
    for (const name of new Set([...known.values()].map(({ table }) => table))) {
      readable.set(name, await trail.readable(name));
    }
    for (const { at, rows, entities: sample } of moments) {
      const found = new Map<string, string | null>();
      const expected = new Map<string, string | null>();
      const left = known.entries();
      const findInTurn = async () => {
        for (const [name, { table, id }] of left) {
          found.set(name, await trail.imageAt(readable.get(table)!, id, at));
          expected.set(name, rows.get(name)?.image ?? null);
        }
      };
      // The server plans one while this process looks at another.
      await Promise.all([findInTurn(), findInTurn(), findInTurn()]);
      expect(found).toEqual(expected);
      expect(found.size).toBe(known.size);
      counts.images += found.size;
      for (const [entity, then] of sample) {
        const again = await trail.audit.asOfMany(entity, at);
        expect(withoutSecrets(entity, again)).toEqual(then);
        counts.entities += then.length;
      }
      counts.states++;
    }
  }

  /** Undoes the newest transaction first, and looks at the tables after each. */
  async function undoAll(
    transactions: readonly { id: string; before: number }[],
    moments: readonly Moment[],
  ): Promise<void> {
    const lost = new Map<string, Set<string>>();
    for (const { id, before } of transactions.toReversed()) {
      const steps = await undo(id, lost);
      counts.undone += steps.length;
      for (const step of steps) noteLost(step, lost);
      expectEqual(await takeSnapshot(trail.client), moments[before]!.rows, lost);
    }
  }

  async function undo(
    id: string,
    lost: ReadonlyMap<string, Set<string>>,
  ): Promise<readonly UndoStep[]> {
    const undoing = async (options: UndoTransactionOptions) => {
      const { steps } = await ActorContext.run({ name: 'round trip' }, () =>
        trail.audit.undoTransaction(id, { redacted: 'placeholder', ...options }),
      );
      return steps;
    };
    try {
      return await undoing({});
    } catch (error) {
      // An undo leaves a secret as it is, and no entry where there was nothing else to put back. Whoever
      // then undoes what first gave the secret is asked.
      const isKept = ({ table, recordId, columns }: UndoConflict) =>
        columns.length > 0 &&
        columns.every((column) => lost.get(rowName(table, recordId))?.has(column));
      if (!(error instanceof UndoConflictError && error.conflicts.every(isKept))) throw error;
      return undoing({ force: true });
    }
  }

  function noteLost({ table, recordId, lost: columns }: UndoStep, lost: Map<string, Set<string>>) {
    if (columns.length === 0) return;
    expect(tables[table]!.secrets).toEqual(expect.arrayContaining([...columns]));
    // Under its former names too, which it gets back as the undoing goes on.
    for (let id: string | undefined = recordId; id !== undefined;) {
      const name = rowName(table, id);
      lost.set(name, new Set([...(lost.get(name) ?? []), ...columns]));
      id = writer.formerIds.get(name);
    }
    counts.lost += columns.length;
  }

  /** Byte for byte, but for the cells that the undoing listed as lost. */
  function expectEqual(now: Snapshot, then: Snapshot, lost: ReadonlyMap<string, Set<string>>) {
    const dump = (rows: Snapshot) =>
      new Map(
        [...rows.values()]
          // Serials go on, and their rows stay.
          .filter(({ table }) => table !== 'state')
          .map((row) => [comparable(row, lost), row] as const)
          .map(([comparison, { table, id }]) => [
            // A secret in the key that was made up is another key.
            isMadeUpKey(table, id, now, lost)
              ? `${table} made up ${comparison}`
              : rowName(table, id),
            comparison,
          ]),
      );
    expect(dump(now)).toEqual(dump(then));
  }

  function comparable({ table, id, row, cells }: RowState, lost: ReadonlyMap<string, Set<string>>) {
    const columns = lost.get(rowName(table, id)) ?? new Set();
    const moving = forwardOnly[table] ?? [];
    if (columns.size === 0 && moving.length === 0 && !placeholder.test(cells.token ?? ''))
      return row;
    const isToken = table === 'verification_tokens';
    const masked = Object.entries(cells).map(([column, value]) => {
      if (isToken && column === 'token') return [column, 'lost'];
      if (value !== null && placeholder.test(value)) counts.madeUp++;
      return [column, columns.has(column) || moving.includes(column) ? 'lost' : value];
    });
    return JSON.stringify(Object.fromEntries(masked));
  }

  function isMadeUpKey(
    table: string,
    id: string,
    now: Snapshot,
    lost: ReadonlyMap<string, Set<string>>,
  ): boolean {
    const name = rowName(table, id);
    if (table !== 'verification_tokens') return false;
    return lost.has(name) || placeholder.test(now.get(name)?.cells.token ?? '');
  }

  /** Entities as text, with the trail's marker for whatever is secret, in one order. */
  function withoutSecrets(
    entity: EntityTarget<ObjectLiteral>,
    rows: readonly ObjectLiteral[],
  ): string[] {
    const metadata = trail.dataSource.getMetadata(entity);
    const secrets = tables[metadata.tableName]!.secrets.map(
      (column) => metadata.findColumnWithDatabaseName(column)!.propertyName,
    );
    return rows
      .map((row) => {
        expect(row).toBeInstanceOf(metadata.target);
        const marked = secrets.filter((name) => row[name] !== null);
        return JSON.stringify({
          ...row,
          ...Object.fromEntries(marked.map((name) => [name, '[redacted]'])),
        });
      })
      .sort();
  }
});
