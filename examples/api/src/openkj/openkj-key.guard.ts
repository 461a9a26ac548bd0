import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { ApiKeyService } from '@singr/database';
import type { ApiRequest } from '../auth/api-request.js';

/** Finds the API key in the body's `api_key` and sets `request.apiKey`, the actor of the request's writes. */
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
