import { Module } from '@nestjs/common';
import { IdempotencyService } from '../idempotency/idempotency.service.js';
import { PurgeRegistry } from '../maintenance/purge-registry.js';
import { IdempotentHandlers } from './idempotent-handlers.js';

/** Stores the answers for clients that retry, and registers the purge of those that have expired. */
@Module({
  providers: [IdempotencyService, IdempotentHandlers],
  exports: [IdempotencyService, IdempotentHandlers],
})
export class IdempotencyModule {
  constructor(purges: PurgeRegistry, answers: IdempotencyService) {
    purges.add('expired answers to retries', () => answers.purgeExpired());
  }
}
