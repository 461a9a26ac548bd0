import {
  Body,
  Controller,
  Get,
  Inject,
  Post,
  type CanActivate,
  type ExecutionContext,
} from '@nestjs/common';
import { getDataSourceToken } from '@nestjs/typeorm';
import {
  ActorContext,
  TenantContext,
  Venue,
  type DatabaseDataSource,
  type DatabaseOptions,
} from '@singr/database';
import { create } from '@singr/database/testing';
import { ann } from '../../support/people.js';
import { dataSourceFor } from '../../support/data-source.js';
import { useDatabase } from '../../support/database.js';
import { createTestApp, type TestApp } from '../../support/test-app.js';
import { isolate } from '../../support/tenancy.js';

interface Incoming {
  headers: Record<string, string | undefined>;
  user?: { id: string };
  seenByGuard?: number;
}

@Controller()
class VenuesController {
  constructor(@Inject(getDataSourceToken()) private readonly database: DatabaseDataSource) {}

  @Get('venues')
  async list(): Promise<string[]> {
    const venues = await this.database.getRepository(Venue).find();
    return venues.map(({ customerProfileId }) => customerProfileId);
  }

  @Post('venues')
  async rename(
    @Body() { as }: { as?: string },
  ): Promise<{ before: number; renamed: number; actor: unknown }> {
    const before = await this.database.getRepository(Venue).count();
    const rename = () => this.database.getRepository(Venue).update({ city: 'c' }, { city: 'd' });
    const { affected } = await (as === undefined ? rename() : TenantContext.run(as, rename));
    await this.database.getRepository(Venue).update({ city: 'd' }, { city: 'c' });
    return { before, renamed: affected ?? 0, actor: ActorContext.current() };
  }
}

describe('the tenants of a request', () => {
  const database = useDatabase();
  let app: TestApp;
  let first: Venue;
  let second: Venue;
  let seenByGuard: number | undefined;
  let seenByResolver: number | undefined;

  beforeAll(async () => {
    const owner = dataSourceFor(database.options);
    await owner.initialize();
    first = await create(owner.manager, Venue, { city: 'c' });
    second = await create(owner.manager, Venue, { city: 'c' });
    await owner.destroy();
    const role = await isolate(database);

    class CountingGuard implements CanActivate {
      async canActivate(context: ExecutionContext): Promise<boolean> {
        context.switchToHttp().getRequest<Incoming>().user = { id: ann };
        seenByGuard = await app.dataSource.getRepository(Venue).count();
        return true;
      }
    }
    app = await createTestApp(database, {
      controllers: [VenuesController],
      configure: (nest) => nest.useGlobalGuards(new CountingGuard()),
      databaseOptions: {
        tenancy: {
          role,
          resolve: async ({ headers }: Incoming) => {
            seenByResolver = await app.dataSource.getRepository(Venue).count();
            const tenants = headers['x-tenants'];
            return tenants === undefined ? undefined : (JSON.parse(tenants) as string[]);
          },
        },
      },
    });
    database.beforeDrop(() => app.nest.close());
  });

  const ask = (method: string, tenants: unknown, body?: unknown) =>
    app.request(method, '/venues', {
      body,
      headers: tenants === undefined ? {} : { 'x-tenants': JSON.stringify(tenants) },
    });
  const read = async (tenants: unknown) => ((await ask('GET', tenants)).body as string[]).sort();

  it('restrict what it reads, also outside a transaction', async () => {
    const both = [first.customerProfileId, second.customerProfileId].sort();
    expect(await read(first.customerProfileId)).toEqual([first.customerProfileId]);
    expect(await read(both)).toEqual(both);
    expect(await read('all')).toEqual(both);
    expect(await read([])).toEqual(both);
    expect(await read(undefined)).toEqual([]);
  });

  it('restrict what it writes, with the actor of the request', async () => {
    expect((await ask('POST', second.customerProfileId, {})).body).toEqual({
      before: 1,
      renamed: 1,
      actor: { userId: ann },
    });
    expect((await ask('POST', undefined, {})).body).toMatchObject({ before: 0, renamed: 0 });
    const [entry] = await database.query<{ tenant_id: string; user_id: string }>(
      `SELECT tenant_id, user_id FROM audit_logs WHERE table_name = 'venues' AND operation = 'UPDATE' ORDER BY sequence DESC LIMIT 1`,
    );
    expect(entry).toEqual({ tenant_id: second.customerProfileId, user_id: ann });
  });

  it('can be changed for a part of it', async () => {
    const { body } = await ask('POST', first.customerProfileId, { as: second.customerProfileId });
    expect(body).toMatchObject({ before: 1, renamed: 1 });
  });

  it('are none in guards, and all in the function that finds them', async () => {
    await read([]);
    expect({ seenByGuard, seenByResolver }).toEqual({ seenByGuard: 0, seenByResolver: 2 });
  });

  it('are refused when they are no tenants', async () => {
    expect((await ask('GET', [''])).status).toBe(500);
    expect((await ask('GET', [{ id: 1 }])).status).toBe(500);
  });

  it('do not stay on a connection', async () => {
    await read('all');
    expect(await app.dataSource.getRepository(Venue).count()).toBe(0);
    const [left] = await app.dataSource.query<{ tenants: string | null }[]>(
      `SELECT nullif(current_setting('app.tenants', true), '') AS tenants`,
    );
    expect(left).toEqual({ tenants: null });
  });
});

describe('the option tenancy', () => {
  it.each([
    [{ tenancy: { role: '' } }, /"tenancy.role" takes the name of a role/],
    [{ tenancy: { rôle: 'x' } }, /"tenancy.rôle" is none/],
    [{ tenancy: {}, cache: true }, /"cache" and "tenancy" exclude each other/],
  ])('%j is refused', (options, message) => {
    expect(() =>
      dataSourceFor({ url: 'postgres://localhost/x', ...options } as DatabaseOptions),
    ).toThrow(message);
  });
});
