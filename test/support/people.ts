import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';

/** Users need not exist for the trail to name them. */
export function userId(number: number): string {
  return `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
}

export const ann = userId(1);
export const bob = userId(2);

/** Authentication that takes the client's word: the header `x-user` is the user's id. */
@Injectable()
class TrustingGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest();
    const id = request.headers?.['x-user'];
    if (id !== undefined) request.user = { id };
    return true;
  }
}

export const trustingGuard = { provide: APP_GUARD, useClass: TrustingGuard };

/** The headers of a request that a user sends. */
export function from(user: string, headers: Record<string, string> = {}) {
  return { 'x-user': user, ...headers };
}
