import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { ApiKeyService } from '@singr/database';
import type { ApiRequest } from './api-request.js';

/** Finds the API key in `X-Api-Key` and sets `request.apiKey`, the actor of the request's writes. */
@Injectable()
export class ApiKeyGuard implements CanActivate {
  constructor(private readonly keys: ApiKeyService) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<ApiRequest>();
    request.apiKey = await this.keys.authenticate(request.headers['x-api-key'] ?? '');
    return true;
  }
}
