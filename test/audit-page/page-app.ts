import {
  Injectable,
  Module,
  UnauthorizedException,
  type CanActivate,
  type ExecutionContext,
} from '@nestjs/common';
import { Venue } from '@singr/database';
import {
  AuditPageModule,
  type AuditAccess,
  type AuditPageModuleOptions,
} from '@singr/database/audit-page';
import type { TestDatabase } from '../support/database.js';
import { createTestApp, type TestApp, type TestAppOptions } from '../support/test-app.js';

/** What the guard asks, to show that it can inject providers. */
@Injectable()
class Doorkeeper {
  admits(user: unknown): user is string {
    return typeof user === 'string';
  }
}

@Module({ providers: [Doorkeeper], exports: [Doorkeeper] })
class DoorModule {}

/** Takes the client's word: the header `x-user` is the user's id. */
@Injectable()
export class HeaderGuard implements CanActivate {
  constructor(private readonly doorkeeper: Doorkeeper) {}

  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest();
    const id: unknown = request.headers['x-user'];
    if (!this.doorkeeper.admits(id)) throw new UnauthorizedException('Sign in first.');
    request.user = { id };
    return true;
  }
}

/** What each caller may, by the header `x-access`. */
export const accesses: Record<string, AuditAccess | null> = {
  everything: { read: true, undo: true },
  reader: { read: true },
  venues: { read: [Venue], undo: true },
  nothing: null,
  noTables: { read: [], undo: true },
};

export function pageOptions(options: Partial<AuditPageModuleOptions> = {}): AuditPageModuleOptions {
  return {
    path: 'audit',
    guards: [HeaderGuard],
    imports: [DoorModule],
    can: (request: { headers: Record<string, string> }) =>
      accesses[request.headers['x-access'] ?? 'everything'],
    signIn: '/sign-in',
    links: [{ label: 'Sign out', href: '/sign-out' }],
    ...options,
  };
}

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
