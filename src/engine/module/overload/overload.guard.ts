import { Inject, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { getDataSourceToken } from '@nestjs/typeorm';
import { OverloadedError } from '../../connection/errors.js';
import type { DatabaseDataSource } from '../../transaction/database.data-source.js';
import { SKIP_OVERLOAD } from './skip-overload.decorator.js';

/**
 * Turns requests away while the pool is overloaded, instead of letting them wait for `connectTimeout`. Bind it
 * before guards that query, and `OverloadFilter` with it.
 */
@Injectable()
export class OverloadGuard implements CanActivate {
  constructor(
    @Inject(getDataSourceToken()) private readonly database: DatabaseDataSource,
    @Inject(Reflector) private readonly reflector: Reflector,
  ) {}

  /** @throws OverloadedError */
  canActivate(context: ExecutionContext): boolean {
    const decorated = [context.getHandler(), context.getClass()];
    const isSkipped = this.reflector.getAllAndOverride<boolean>(SKIP_OVERLOAD, decorated);
    if (isSkipped !== true && this.database.isOverloaded) {
      throw new OverloadedError(this.database.config.overload.retryAfter);
    }
    return true;
  }
}
