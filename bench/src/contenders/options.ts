import { customerId } from '../data/fixtures.js';
import { dataSourceOf, startModule } from '../peers/module.js';
import { registerTelemetry } from '../peers/telemetry.js';
import { singr } from '../package-under-test.js';
import type { Running, Start } from '../processes/own-process.js';
import { concurrently, connections, customers, type RequestValues } from './requests.js';

/** The role that the policies of the tenants apply to. */
export const applicationRole = 'singr_bench_application';

/** The module with and without options that add work to each statement, on tables with policies. */
export const contenders = {
  neither: (url, count) => start(url, count, {}),
  telemetry: (url, count) => start(url, count, { telemetry: true }),
  tenancy: (url, count) => start(url, count, { tenancy: true }),
  both: (url, count) => start(url, count, { telemetry: true, tenancy: true }),
} satisfies Record<string, Start>;

interface Options {
  readonly telemetry?: boolean;
  readonly tenancy?: boolean;
}

async function start(
  url: string,
  count: number,
  { telemetry = false, tenancy = false }: Options,
): Promise<Running> {
  if (telemetry) registerTelemetry();
  const app = await startModule(url, connections, {
    ...(tenancy ? { tenancy: { role: applicationRole, resolve: () => [] } } : {}),
  });
  const requests = dataSourceOf(app).getRepository(singr.Request);
  const insert = (request: RequestValues) =>
    singr.ActorContext.run({ userId: request.submittedByUserId }, () => requests.insert(request));
  const transact = tenancy
    ? (request: RequestValues, place: number) =>
        singr.TenantContext.run(customerId(place % customers), () => insert(request))
    : insert;
  return { run: () => concurrently(count, transact), close: () => app.close() };
}
