import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { UserRepository } from '@singr/database';

/** Trusts a header without checking it: a stand-in for an application's own authentication. */
@Injectable()
export class UserGuard implements CanActivate {
  constructor(private readonly users: UserRepository) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest();
    const email = request.headers['x-user'] as string | undefined;
    request.user = email === undefined ? undefined : await this.users.findByEmail(email);
    return true;
  }
}
