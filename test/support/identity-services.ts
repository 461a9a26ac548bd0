import type { Type } from '@nestjs/common';
import type { DatabaseDataSource } from '@singr/database';
import type { TestDatabase } from './database.js';
import { createTestApp, type TestApp } from './test-app.js';

/** An application's providers, from the first test of a suite on. */
export interface Services {
  get<T>(token: Type<T>): T;
  readonly dataSource: DatabaseDataSource;
}

/** Starts an application with nothing but the module for the suite. */
export function useServices(database: TestDatabase): Services {
  let app: TestApp;
  beforeAll(async () => {
    app = await createTestApp(database);
  });
  return {
    get: (token) => app.get(token),
    get dataSource() {
      return app.dataSource;
    },
  };
}

/** The errors' codes of those that failed, and the values of those that did not. */
export async function outcomes<T>(
  work: readonly Promise<T>[],
): Promise<{ values: T[]; codes: string[] }> {
  const settled = await Promise.allSettled(work);
  return {
    values: settled.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : [])),
    codes: settled.flatMap((result) =>
      result.status === 'rejected' ? [String((result.reason as { code?: string }).code)] : [],
    ),
  };
}

/** Runs `work` as often as given, all at once. */
export function atOnce<T>(times: number, work: (index: number) => Promise<T>): Promise<T>[] {
  return Array.from({ length: times }, (_, index) => work(index));
}
