import type { NestExpressApplication } from '@nestjs/platform-express';

/** A batch of 1,000 songs has about 100 kB, and much more with long titles in other scripts. */
export const bodyLimit = 4 * 1024 * 1024;

/**
 * Lets bodies in that are as large as a batch of OpenKJ's. With Nest's default of 100 kB some batches would be
 * refused, and OpenKJ tells nobody. Called before the application listens.
 */
export function acceptBatches(app: NestExpressApplication): void {
  app.useBodyParser('json', { limit: bodyLimit });
}
