import { AssertionError } from 'node:assert';
import { inspect, isDeepStrictEqual } from 'node:util';
import type { DataSource, EntityManager } from 'typeorm';
import type { AuditedTarget, RecordKey } from '../engine/audit/audited-table.js';
import { AuditedTables } from '../engine/audit/audited-tables.js';
import type { AuditEntry } from '../engine/audit/history/audit-entry.js';
import { AuditHistory } from '../engine/audit/history/audit-history.js';
import type { RowImage } from '../engine/audit/row-image.js';
import type { DatabaseDataSource } from '../engine/connection/database.data-source.js';
import { actorOf, type TestActor } from './acting-as.js';
import { TestDatabase } from './test-database.js';

/** What an entry of the trail must be like. What is left out may be anything. */
export interface AuditExpectation {
  /** An entity class, or a table's name. */
  of: AuditedTarget;
  /** The record: its key, or of several columns an object. Without it any record of the table. */
  id?: RecordKey;
  /** `INSERT`, `UPDATE`, `DELETE`, `TRUNCATE`, or an application's own action. */
  operation?: string;
  /** Who did it; null for nobody. */
  by?: TestActor | null;
  /** Such as `PATCH /venues/:id`. */
  route?: string;
  requestId?: string;
  /** The columns that changed, in any order: these and, `updated_at` aside, no others. */
  changed?: readonly string[];
  /** Values before and after, by column name; other columns may have any. */
  before?: RowImage;
  after?: RowImage;
  /** How many entries there are like that. Default: at least one. */
  times?: number;
}

/** The most entries of a record that are looked at. */
const limit = 500;

/**
 * Asserts that the trail has such an entry, and returns the newest one. It works in any runner: what
 * fails is an `AssertionError` that lists the entries that there are.
 *
 * @throws AssertionError
 * @throws TableNotAuditedError, InvalidRecordKeyError
 */
export async function expectAudit(
  database: TestDatabase | DataSource | EntityManager,
  expectation: AuditExpectation & { times: 0 },
): Promise<undefined>;
export async function expectAudit(
  database: TestDatabase | DataSource | EntityManager,
  expectation: AuditExpectation,
): Promise<AuditEntry>;
export async function expectAudit(
  database: TestDatabase | DataSource | EntityManager,
  expectation: AuditExpectation,
): Promise<AuditEntry | undefined> {
  const dataSource = await dataSourceOf(database);
  const { of: entity, times } = expectation;
  // One that is given as undefined is refused: it would be every record.
  const record = 'id' in expectation ? { id: expectation.id } : {};
  const history = new AuditHistory(dataSource, new AuditedTables(dataSource));
  const { entries } = await history.find({ entity, ...record, limit });
  const found = entries.filter((entry) => differences(entry, expectation).length === 0);
  if (times === undefined ? found.length > 0 : found.length === times) return found[0];
  const wanted =
    times === undefined ? 'an entry' : `${times} such ${times === 1 ? 'entry' : 'entries'}`;
  throw new AssertionError({
    message: [
      `Expected ${wanted} in the audit trail, and found ${found.length}: ${describe(expectation)}`,
      entries.length === 0 ? 'The trail has none of it.' : 'The trail has, newest first:',
      ...entries.slice(0, 20).map((entry) => {
        const problems = differences(entry, expectation);
        return `  ${entry.operation} by ${inspect(entry.actor)}: ${problems.join('; ') || 'such a one'}`;
      }),
    ].join('\n'),
    expected: expectation,
    actual: entries,
    operator: 'expectAudit',
    stackStartFn: expectAudit,
  });
}

/** In what an entry is not as it must be. */
function differences(entry: AuditEntry, expectation: AuditExpectation): string[] {
  const { operation, by, route, requestId, changed, before, after } = expectation;
  const changes = entry.changes
    .map(({ column }) => column)
    .filter(isTold)
    .sort();
  return [
    ...difference('operation', entry.operation, operation),
    ...difference('by', entry.actor, by == null ? by : actorOf(by)),
    ...difference('route', entry.route, route),
    ...difference('requestId', entry.requestId, requestId),
    ...difference('changed', changes, changed?.filter(isTold).sort()),
    ...imageDifferences('before', entry.before, before),
    ...imageDifferences('after', entry.after, after),
  ];
}

/** A column that a test speaks of: not the one that moves with every other. */
function isTold(column: string): boolean {
  return column !== 'updated_at';
}

function imageDifferences(name: string, actual: RowImage | null, wanted?: RowImage): string[] {
  return Object.entries(wanted ?? {}).flatMap(([column, value]) =>
    difference(`${name}.${column}`, actual?.[column], value),
  );
}

function difference(name: string, actual: unknown, wanted: unknown): string[] {
  if (wanted === undefined || isDeepStrictEqual(plain(actual), plain(wanted))) return [];
  return [`${name} is ${inspect(actual)}`];
}

/** Values of another realm, as in Jest's sandbox, have other prototypes. */
function plain(value: unknown): unknown {
  return value === undefined ? undefined : JSON.parse(JSON.stringify(value));
}

function describe({ of: target, ...rest }: AuditExpectation): string {
  return inspect({ of: typeof target === 'function' ? target.name : target, ...rest });
}

async function dataSourceOf(
  database: TestDatabase | DataSource | EntityManager,
): Promise<DatabaseDataSource> {
  if (database instanceof TestDatabase) return database.dataSource();
  return ('dataSource' in database ? database.dataSource : database) as DatabaseDataSource;
}
