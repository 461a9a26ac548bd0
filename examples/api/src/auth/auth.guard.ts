import {
  type CanActivate,
  type ExecutionContext,
  ForbiddenException,
  Injectable,
  UnauthorizedException,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { annotate } from '@singr/database';
import { type ApiRequest, bearerTokenOf } from './api-request.js';
import { PUBLIC } from './public.decorator.js';
import { REQUIRED_PERMISSION } from './requires.decorator.js';
import { SignedInUsers } from './signed-in-users.js';

/** Finds the user of the bearer token and sets `request.user`, the actor of the request's writes. */
@Injectable()
export class AuthGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly users: SignedInUsers,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const decorated = [context.getHandler(), context.getClass()];
    if (this.reflector.getAllAndOverride<boolean>(PUBLIC, decorated)) return true;

    const request = context.switchToHttp().getRequest<ApiRequest>();
    const token = bearerTokenOf(request);
    if (token === undefined) {
      throw new UnauthorizedException('Send a bearer token: POST /sessions returns one.');
    }
    const user = await this.users.findByToken(token);
    if (user === undefined) {
      throw new UnauthorizedException('The session has ended, or there never was one.');
    }
    const permission = this.reflector.getAllAndOverride<string>(REQUIRED_PERMISSION, decorated);
    if (permission !== undefined && !user.permissions.has(permission)) {
      throw new ForbiddenException(`You lack the permission ${permission}.`);
    }
    request.user = user;
    if (user.impersonation !== undefined) annotate({ reason: user.impersonation.reason });
    return true;
  }
}
