import {
  type CanActivate,
  type ExecutionContext,
  Injectable,
  UnauthorizedException,
} from '@nestjs/common';
import { annotate } from '@singr/database';
import { type ApiRequest, bearerTokenOf } from './api-request.js';
import { sessionCookieOf } from './session-cookie.js';
import { SignedInUsers } from './signed-in-users.js';

/**
 * Guards what browsers open: it takes the cookie that the form of `/sign-in` sets, besides a bearer token. The rest
 * of the API takes no cookie, so other sites cannot make a browser call it.
 */
@Injectable()
export class PageSessionGuard implements CanActivate {
  constructor(private readonly users: SignedInUsers) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<ApiRequest>();
    const token = bearerTokenOf(request) ?? sessionCookieOf(request);
    const user = token === undefined ? undefined : await this.users.findByToken(token);
    if (user === undefined) throw new UnauthorizedException('Sign in first.');
    request.user = user;
    if (user.impersonation !== undefined) annotate({ reason: user.impersonation.reason });
    return true;
  }
}
