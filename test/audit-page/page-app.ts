import { AuditPageModule, type AuditPageModuleOptions } from '@singr/database/audit-page';
import type { TestDatabase } from '../support/database.js';
import { createTestApp, type TestApp, type TestAppOptions } from '../support/test-app.js';
import { pageOptions } from './page-options.js';

/** An application with the page. */
export function createPageApp(
  database: TestDatabase,
  options: Partial<AuditPageModuleOptions> = {},
  app: TestAppOptions = {},
): Promise<TestApp> {
  return createTestApp(database, {
    ...app,
    imports: [AuditPageModule.forRoot(pageOptions(options)), ...(app.imports ?? [])],
  });
}

/** Calls of the page's API by a user with an access. */
export function caller(app: TestApp, user: string, access = 'everything', base = '/audit/api') {
  const headers = { 'x-user': user, 'x-access': access };
  return {
    get: async (path: string) => app.request('GET', `${base}/${path}`, { headers }),
    post: async (path: string, body: unknown, more: Record<string, string> = {}) =>
      app.request('POST', `${base}/${path}`, {
        body,
        headers: { ...headers, 'x-audit-page': '1', ...more },
      }),
  };
}
