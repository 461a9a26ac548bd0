import { setTimeout as sleep } from 'node:timers/promises';
import { QueryFailedError, type DataSource, type EntitySubscriberInterface } from 'typeorm';
import { isEmbedded, useDatabase, type TestDatabase } from '../../support/database.js';
import { until } from '../transaction/control.js';
import { placeFor, placeNames, type Place, type PlaceName } from './places.js';
import { Band, createTables, emptyTables } from './tables.js';

/** The arguments of a scenario's code. */
export interface Tools {
  readonly dataSource: DataSource;
  /** Adds a subscriber for the length of the scenario, as Nest's documentation does it. */
  subscribe(subscriber: EntitySubscriberInterface): void;
}

/** The outcome of a scenario. */
export interface Outcome {
  /** The value that its code returned. */
  readonly result?: unknown;
  /** The name of its error, by `nameOf`. */
  readonly error?: string;
  /** The value that `after` returned. */
  readonly after?: unknown;
  /** The names of the bands that are in the database in the end. */
  readonly left?: readonly string[];
}

/** Ordinary code, which does the same with plain TypeORM and with this package. */
export interface Scenario {
  readonly title: string;
  run(tools: Tools): Promise<unknown>;
  /** Called once everything around `run` has ended, its request's transaction included. */
  after?(tools: Tools): unknown;
  readonly gives: Outcome;
  /** Where this package does something else, because its documentation says so. */
  readonly but?: Partial<Record<PlaceName, Outcome>>;
  /** A feature that plain TypeORM needs for it, and that the embedded engine lacks. */
  readonly needs?: 'a second connection';
}

/** One outcome for all places in which this package runs the code. */
export function ours(outcome: Outcome): Partial<Record<PlaceName, Outcome>> {
  return { 'a script': outcome, 'a POST request': outcome, 'a GET request': outcome };
}

/** In milliseconds. What takes longer waits for itself. */
const limit = 10_000;

/** Runs scenarios with plain TypeORM, with this package in a script, and in requests. */
export function describeEverywhere(title: string, scenarios: readonly Scenario[]): void {
  describe(title, () => {
    const database = useDatabase();
    beforeAll(() => database.query(createTables));

    describe.each(placeNames)('in %s', (name) => {
      for (const scenario of scenarios) {
        const test = isEmbedded && scenario.needs !== undefined ? it.skip : it;
        test(scenario.title, () => check(scenario, name, database));
      }
    });
  });
}

async function check(scenario: Scenario, name: PlaceName, database: TestDatabase): Promise<void> {
  await database.query(emptyTables);
  const place = placeFor(name, database);
  const dataSource = await place.start();
  try {
    const outcome = await within(outcomeOf(scenario, place, dataSource), 'the scenario');
    // Before another connection reads: after a stream that failed, this one holds the embedded engine's session.
    await within(expectAllConnectionsBack(dataSource), 'a further query');
    const left = await database.query<Band>(
      'SELECT name FROM bands WHERE deleted_at IS NULL ORDER BY 1',
    );
    expect({ left: left.map((band) => band.name), ...outcome }).toEqual({
      left: [],
      ...(scenario.but?.[name] ?? scenario.gives),
    });
    await within(place.stop(), 'the end of the application');
  } catch (error) {
    await place.abandon();
    await closeConnections(database);
    throw error;
  }
}

async function outcomeOf(
  scenario: Scenario,
  place: Place,
  dataSource: DataSource,
): Promise<Outcome> {
  const subscribers: EntitySubscriberInterface[] = [];
  const subscribe = (subscriber: EntitySubscriberInterface) => {
    subscribers.push(subscriber);
    dataSource.subscribers.push(subscriber);
  };
  const outcome: { result?: unknown; error?: string; after?: unknown } = {};
  try {
    const result = await place.run((its) => scenario.run({ dataSource: its, subscribe }));
    if (result !== undefined) outcome.result = result;
  } catch (error) {
    outcome.error = nameOf(error);
  }
  if (scenario.after !== undefined) {
    outcome.after = await scenario.after({ dataSource, subscribe });
  }
  for (const subscriber of subscribers) {
    dataSource.subscribers.splice(dataSource.subscribers.indexOf(subscriber), 1);
  }
  return outcome;
}

/** A connection that is not given back is one less for everybody else, for ever. */
async function expectAllConnectionsBack(dataSource: DataSource): Promise<void> {
  const { master } = dataSource.driver as unknown as {
    master: { totalCount: number; idleCount: number };
  };
  await until(() => master.totalCount === master.idleCount);
  expect(await dataSource.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
}

/** Fails when `work` takes so long that it must be waiting for itself. */
export async function within<T>(work: Promise<T>, what: string): Promise<T> {
  const tooLate = Symbol();
  const timer = new AbortController();
  const end = await Promise.race([work, sleep(limit, tooLate, { signal: timer.signal })]).finally(
    () => timer.abort(),
  );
  if (end === tooLate) throw new Error(`${what} did not end within ${limit} ms: it hangs`);
  return end;
}

/** Frees what a scenario that hangs has locked. */
async function closeConnections(database: TestDatabase): Promise<void> {
  if (isEmbedded) return;
  await database.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()`);
}

/** The SQLSTATE, or the code, or else the class: what code can tell an error by. */
export function nameOf(error: unknown): string {
  if (error instanceof QueryFailedError) return (error.driverError as { code: string }).code;
  if (!(error instanceof Error)) return String(error);
  const { code } = error as { code?: string };
  return code ?? (error.constructor === Error ? error.message : error.constructor.name);
}

/** How `work` ends, in a word. */
export async function ending(work: Promise<unknown>): Promise<string> {
  return work.then(() => 'done', nameOf);
}

export function bands(...names: string[]): Band[] {
  return names.map((name) => Object.assign(new Band(), { name }));
}
