import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { ApiKeyService } from '@singr/database';
import type { ApiRequest } from '../auth/api-request.js';

/** Turns the `api_key` of the body into `request.apiKey`, the actor of whatever the request writes. */
@Injectable()
export class OpenKjKeyGuard implements CanActivate {
  constructor(private readonly keys: ApiKeyService) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context
      .switchToHttp()
      .getRequest<ApiRequest & { body?: { api_key?: unknown } }>();
    const key = request.body?.api_key;
    request.apiKey = await this.keys.authenticate(typeof key === 'string' ? key.trim() : '');
    return true;
  }
}
