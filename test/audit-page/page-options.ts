import {
  Injectable,
  Module,
  UnauthorizedException,
  type CanActivate,
  type ExecutionContext,
} from '@nestjs/common';
import { type AuditAccess, type AuditPageModuleOptions } from '@singr/database/audit-page';

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

type Access = AuditAccess | null | undefined;

/** What each caller may, by the header `x-access`. A suite adds its own. */
export const accesses: Record<string, () => Access> = {
  everything: () => ({ read: true, undo: true }),
  reader: () => ({ read: true }),
  nothing: () => null,
  noTables: () => ({ read: [], undo: true }),
};

export function pageOptions(options: Partial<AuditPageModuleOptions> = {}): AuditPageModuleOptions {
  return {
    path: 'audit',
    guards: [HeaderGuard],
    imports: [DoorModule],
    can: ({ headers }: { headers: Record<string, string> }) =>
      accesses[headers['x-access'] ?? 'everything']?.(),
    // The first statements on the embedded engine take long.
    searchTimeout: 30_000,
    signIn: '/sign-in',
    links: [{ label: 'Sign out', href: '/sign-out' }],
    ...options,
  };
}
