import type { UndoStep } from '../../../src/engine/audit/undo/undo-options.js';
import { useDatabase } from '../../support/database.js';
import { takeSnapshot, type Snapshot } from './snapshot.js';
import { useTrail, type Planted } from './trail-app.js';

/** A database with a row in each table, anew for each test, and what suites about undoing do with it. */
export function useUndo() {
  const database = useDatabase();
  const trail = useTrail(database);
  let current: Planted;
  beforeEach(async () => {
    current = await trail.plant();
  });

  const planted: Pick<Planted, 'value'> = { value: (...of) => current.value(...of) };
  const venue = () => planted.value('venues', 'venues_id');
  const rename = (name: string, id = venue()) =>
    trail.run('UPDATE venues SET name = $1 WHERE venues_id = $2', [name, id]);
  const snapshot = (): Promise<Snapshot> => takeSnapshot(trail.client);
  const rowsOf = (all: Snapshot) =>
    [...all.values()]
      // Serials move on.
      .filter(({ table }) => table !== 'state')
      .map(({ table, row }) => `${table} ${row}`)
      .sort();
  const only = async <Row extends object>(sql: string, parameters: unknown[] = []): Promise<Row> =>
    (await trail.client.query<Row>(sql, parameters)).rows[0]!;
  const nameOf = async (id = venue()) =>
    (await trail.client.query('SELECT name FROM venues WHERE venues_id = $1', [id])).rows[0]?.name;
  const brief = (steps: readonly UndoStep[]) =>
    steps.map(({ action, table }) => `${action} ${table}`);
  const entries = async (transactionId: string) =>
    (await trail.audit.history({ transactionId, order: 'oldest' })).entries;
  return {
    database,
    trail,
    planted,
    venue,
    rename,
    snapshot,
    rowsOf,
    only,
    nameOf,
    brief,
    entries,
  };
}
