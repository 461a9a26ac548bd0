import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';

/** Trusts a header without checking it: a stand-in for an application's own authentication. */
@Injectable()
export class UserGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest();
    const id = request.headers['x-user'] as string | undefined;
    request.user = id === undefined ? undefined : { id: Number(id) };
    return true;
  }
}
