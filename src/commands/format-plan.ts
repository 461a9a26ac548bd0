import type { PlannedMigration, PlannedStatement } from '../engine/schema/plan-migrations.js';

/** What a lock makes wait (PostgreSQL's manual, "Table-Level Locks"). */
const blocked: Readonly<Record<string, string>> = {
  ShareUpdateExclusiveLock: 'schema changes and VACUUM wait',
  ShareLock: 'writes wait',
  ShareRowExclusiveLock: 'writes wait',
  ExclusiveLock: 'writes wait',
  AccessExclusiveLock: 'reads and writes wait',
};

/** Formats the pending migrations for the terminal. */
export function formatPlan(planned: readonly PlannedMigration[]): string {
  return [
    ...planned.flatMap(({ name, isInTransaction, statements }) => [
      `${name}, ${isInTransaction ? 'in a transaction: it holds each lock until its end' : 'outside a transaction'}`,
      ...statements.flatMap(formatStatement),
    ]),
    'On a database without rows, made by migrations alone, on the embedded engine. How long a lock is held depends on the rows.',
  ].join('\n');
}

function formatStatement({ sql, locks, dangers }: PlannedStatement): string[] {
  return [
    `    ${sql.length <= 120 ? sql : `${sql.slice(0, 120)}…`}`,
    ...(/\bconcurrently\b/i.test(sql)
      ? [`        ShareUpdateExclusiveLock, ${blocked.ShareUpdateExclusiveLock}`]
      : []),
    ...locks.map(({ table, mode }) => `        ${table}: ${mode}, ${blocked[mode]}`),
    ...dangers.map((danger) => `        ! ${danger}`),
  ];
}
