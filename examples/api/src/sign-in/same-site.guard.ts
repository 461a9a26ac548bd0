import {
  type CanActivate,
  type ExecutionContext,
  ForbiddenException,
  Injectable,
} from '@nestjs/common';
import type { BrowserRequest } from './browser.js';

/** Refuses forms that a page of another site sends, which could sign a browser in as somebody else. */
@Injectable()
export class SameSiteGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const { method, headers } = context.switchToHttp().getRequest<BrowserRequest>();
    const from = headers['sec-fetch-site'] ?? 'none';
    if (method === 'GET' || ['same-origin', 'none'].includes(from)) return true;
    throw new ForbiddenException('The form is not of this site.');
  }
}
