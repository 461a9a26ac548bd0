import type { Client } from 'pg';
import { isEmbedded, useDatabase } from '../../support/database.js';
import { OwnTable } from './own-table.js';
import { disturb, ownTypes, RandomTable } from './random-table.js';
import { Dice } from './random-values.js';
import { useTrail } from './trail-app.js';

const size = isEmbedded ? { tables: 6, writes: 5 } : { tables: 80, writes: 8 };
/** `TRAIL_SEED=7 npm test -- any-table.property` repeats the run of that seed alone. */
const only = process.env.TRAIL_SEED;
const first = Number(only ?? Date.now() % 1_000_000);

/** What a statement that meets the wrong values, or a refused one, fails with: it did not happen. */
const isRefusal = (error: { code?: string }) => /^(22|23)/.test(error.code ?? '');

describe('any table, under any settings', () => {
  const database = useDatabase();
  beforeAll(async () => {
    // The initial settings of the application's own connections.
    const settings = [
      `datestyle = 'SQL, DMY'`,
      `intervalstyle = 'sql_standard'`,
      `extra_float_digits = '-15'`,
      `bytea_output = 'escape'`,
      `timezone = 'Asia/Kathmandu'`,
    ];
    const [{ name }] = (await database.query('SELECT current_database() AS name')) as [
      { name: string },
    ];
    for (const setting of settings) await database.query(`ALTER DATABASE "${name}" SET ${setting}`);
  });
  const trail = useTrail(database);
  const counts = { refused: 0, states: 0, images: 0, undone: 0 };

  it('each state can be read from the trail, and restored by an undo', async () => {
    await trail.client.query(ownTypes);
    const writer = isEmbedded ? trail.client : await database.connect();
    for (let run = 0; run < (only === undefined ? size.tables : 1); run++) {
      const seed = first + run;
      try {
        await tryOut(new RandomTable(`random ${seed}`, new Dice(seed)), new Dice(seed + 1), writer);
      } catch (error) {
        (error as Error).message += `\n(TRAIL_SEED=${seed})`;
        throw error;
      }
    }
    process.stderr.write(`Any table: ${JSON.stringify(counts)}\n`);
    expect(Math.min(...Object.values(counts).slice(1))).toBeGreaterThan(0);
  }, 240_000);

  async function tryOut(random: RandomTable, dice: Dice, writer: Client): Promise<void> {
    await trail.client.query(random.definition);
    let table: OwnTable;
    try {
      table = await OwnTable.attach(trail, random.sql);
    } catch (error) {
      expect((error as Error).message).toMatch(/cannot be audited: .+\. .+/);
      counts.refused++;
      return;
    }
    const moments = [
      { at: await trail.now(), images: await table.images(), rows: await table.rows() },
    ];
    const transactions: string[] = [];
    for (let count = 0; count < size.writes; count++) {
      const id = await write(writer, dice, random.statement());
      if (id === undefined) continue;
      transactions.push(id);
      moments.push({
        at: await trail.now(),
        images: await table.images(),
        rows: await table.rows(),
      });
    }
    const ids = new Set(moments.flatMap(({ images }) => [...images.keys()]));
    const readable = await trail.readable(random.name);
    for (const { at, images } of moments) {
      for (const id of ids) {
        const image = await trail.imageAt(readable, id, at);
        expect({ id, image }).toEqual({ id, image: images.get(id) ?? null });
        counts.images++;
      }
      counts.states++;
    }
    // Its own trigger would write to what an undo puts back.
    if (random.hasTrigger) return;
    for (const [index, id] of [...transactions.entries()].reverse()) {
      await table.undo(id);
      expect(await table.rows()).toEqual(moments[index]!.rows);
      counts.undone++;
    }
  }

  /** The id of a transaction that wrote something, under settings of its own. */
  async function write(writer: Client, dice: Dice, statement: string): Promise<string | undefined> {
    await disturb(writer, dice);
    try {
      await writer.query('BEGIN');
      await writer.query(statement);
      const { rows } = await writer.query<{ id: string }>(
        `SELECT DISTINCT transaction_id::text AS id FROM public.audit_logs
         WHERE transaction_id = pg_current_xact_id_if_assigned()::text::bigint`,
      );
      await writer.query('COMMIT');
      return rows[0]?.id;
    } catch (error) {
      await writer.query('ROLLBACK');
      if (!isRefusal(error as { code?: string }))
        throw Object.assign(error as Error, {
          message: `${(error as Error).message}: ${statement}`,
        });
      return undefined;
    } finally {
      await writer.query('RESET ALL');
    }
  }
});
