import type { NestExpressApplication } from '@nestjs/platform-express';

/** The size of a batch of 1,000 songs is about 100 kB, and much more with long titles in other scripts. */
export const bodyLimit = 4 * 1024 * 1024;

/**
 * Accepts bodies of the size of OpenKJ's batches. With Nest's default limit of 100 kB some batches would be
 * refused, and OpenKJ does not report that. Call it before the application listens.
 */
export function acceptBatches(app: NestExpressApplication): void {
  app.useBodyParser('json', { limit: bodyLimit });
}
