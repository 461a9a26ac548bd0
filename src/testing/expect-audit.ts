import { inspect, isDeepStrictEqual } from 'node:util';
import type { DataSource, EntityManager } from 'typeorm';
import type { AuditedTarget, RecordKey } from '../engine/audit/audited-table.js';
import { AuditedTables } from '../engine/audit/audited-tables.js';
import type { AuditEntry } from '../engine/audit/history/audit-entry.js';
import { AuditHistory } from '../engine/audit/history/audit-history.js';
import type { RowImage } from '../engine/audit/row-image.js';
import type { DatabaseDataSource } from '../engine/transaction/database.data-source.js';
import { actorOf, type TestActor } from './acting-as.js';
import { AuditExpectationError } from './errors.js';
import { TestDatabase } from './test-database.js';

/** The properties that an audit entry must have. Properties that are left out may have any value. */
export interface AuditExpectation {
  /** An entity class, or a table's name. */
  of: AuditedTarget;
  /** The key of the record; an object if the key has several columns. Default: any record of the table. */
  id?: RecordKey;
  /** `INSERT`, `UPDATE`, `DELETE`, `TRUNCATE`, or an application's own action. */
  operation?: string;
  /** The actor; null for no actor. */
  by?: TestActor | null;
  /** The route, such as `PATCH /venues/:id`. */
  route?: string;
  requestId?: string;
  /** All columns that changed, in any order. `updated_at` is ignored. */
  changed?: readonly string[];
  /** Values before and after the change, by column name. Other columns may have any values. */
  before?: RowImage;
  after?: RowImage;
  /** The exact number of matching entries. Default: at least one. */
  times?: number;
}

/** The maximum number of entries that are searched. */
const limit = 500;

/**
 * Asserts that the audit trail has a matching entry, and returns the newest one. It works in any test runner:
 * the message of the error lists the existing entries.
 *
 * @throws AuditExpectationError
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
  // An `id` that is undefined is passed on and refused, as it would match every record.
  const record = 'id' in expectation ? { id: expectation.id } : {};
  const history = new AuditHistory(dataSource, new AuditedTables(dataSource));
  const { entries } = await history.find({ entity, ...record, limit });
  const found = entries.filter((entry) => differences(entry, expectation).length === 0);
  if (times === undefined ? found.length > 0 : found.length === times) return found[0];
  const wanted =
    times === undefined ? 'an entry' : `${times} such ${times === 1 ? 'entry' : 'entries'}`;
  throw new AuditExpectationError(
    [
      `Expected ${wanted} in the audit trail, and found ${found.length}: ${describe(expectation)}`,
      entries.length === 0 ? 'The trail has none of it.' : 'The trail has, newest first:',
      ...entries.slice(0, 20).map((entry) => {
        const problems = differences(entry, expectation);
        return `  ${entry.operation} by ${inspect(entry.actor)}: ${problems.join('; ') || 'such a one'}`;
      }),
    ].join('\n'),
    expectAudit,
  );
}

/** The differences between an entry and the expectation. */
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

/** Whether a column is compared. `updated_at` is not, because it changes with every update. */
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

/** Copies a value through JSON. Values of another realm, as in Jest's sandbox, have other prototypes. */
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
