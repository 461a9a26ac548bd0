import { ApiKeyService, type CustomerProfile } from '@singr/database';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { ApiModule } from '../../../examples/api/src/api.module.js';
import { actorOf } from '../../../examples/api/src/auth/api-request.js';
import { acceptBatches } from '../../../examples/api/src/openkj/body-limit.js';
import type { TestDatabase } from '../../support/database.js';
import { createCustomerProfile } from '../../support/fixtures.js';
import { createTestApp, type TestApp, type TestAppOptions } from '../../support/test-app.js';
import { toJson, type JsonObject } from './qt-json.js';

/** Starts the example for a suite that acts as OpenKJ. */
export async function startExample(
  database: TestDatabase,
  options: Pick<TestAppOptions, 'logger' | 'imports'> = {},
): Promise<TestApp> {
  return createTestApp(database, {
    ...options,
    imports: [ApiModule, ...(options.imports ?? [])],
    databaseOptions: { actor: actorOf },
    configure: (nest) => acceptBatches(nest as NestExpressApplication),
  });
}

/** A customer with a key for OpenKJ. */
export async function createHost(app: TestApp): Promise<{ host: CustomerProfile; key: string }> {
  const host = await createCustomerProfile(app.dataSource.manager);
  const { key } = await app.get(ApiKeyService).issue({ customerProfileId: host.id });
  return { host, key };
}

/** Posts a command as OpenKJ does. */
export function post(app: TestApp, command: JsonObject | string) {
  const body = typeof command === 'string' ? command : toJson(command);
  return app.request('POST', '/openkj', { body });
}
