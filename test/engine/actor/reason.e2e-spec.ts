import { Controller, Get, Injectable, Post } from '@nestjs/common';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { ActorContext, annotate, Reason } from '@singr/database';
import { defer, lastValueFrom, type Observable } from 'rxjs';
import { useDatabase } from '../../support/database.js';
import { ann } from '../../support/people.js';
import { Tools, useScriptedApp } from '../../support/scripted-app.js';
import { createTestApp } from '../../support/test-app.js';
import { newSlug } from '../../support/trail.js';

let slug: string;

@Injectable()
class RoleService {
  constructor(private readonly tools: Tools) {}

  @Reason('by a provider')
  async add(name = slug): Promise<void> {
    await this.tools.roles.insert({ slug: name });
  }

  @Reason('by an Observable')
  observe(): Observable<unknown> {
    return defer(() => this.tools.roles.insert({ slug }));
  }
}

@Controller('reasons')
class ReasonsController {
  constructor(
    private readonly tools: Tools,
    private readonly roles: RoleService,
  ) {}

  @Post('handler')
  @Reason('by a handler')
  async handler() {
    await this.tools.roles.insert({ slug });
  }

  @Reason('by a handler')
  @Get('annotated')
  async annotated() {
    annotate({ reason: 'by annotate()' });
    await this.tools.roles.insert({ slug });
  }

  @Post('stream')
  @Reason('by a handler')
  stream() {
    return defer(async () => {
      await this.tools.roles.insert({ slug });
      return {};
    });
  }

  @Post('provider')
  provider() {
    return this.roles.add();
  }
}

describe('@Reason()', () => {
  const database = useDatabase();
  const app = useScriptedApp(database, {
    controllers: [ReasonsController],
    providers: [RoleService],
  });
  beforeEach(() => {
    slug = newSlug();
  });
  const reasons = async (name = slug) =>
    (
      await database.query(`SELECT reason FROM audit_logs WHERE new_data->>'slug' = $1`, [name])
    ).map(({ reason }) => reason);

  it.each([
    ['POST', 'handler', 'by a handler'],
    ['GET', 'annotated', 'by annotate()'],
    ['POST', 'stream', 'by a handler'],
    ['POST', 'provider', 'by a provider'],
  ])('of %s %s gives the reason "%s"', async (method, path, reason) => {
    const { status } = await app.app.request(method, `/reasons/${path}`);
    expect(status).toBeLessThan(300);
    expect(await reasons()).toEqual([reason]);
  });

  it('of a provider ends with the method', async () => {
    const other = newSlug();
    await ActorContext.run({ userId: ann }, { reason: 'by the job' }, async () => {
      await app.app.get(RoleService).add();
      await app.tools.roles.insert({ slug: other });
    });
    expect([await reasons(), await reasons(other)]).toEqual([['by a provider'], ['by the job']]);
  });

  it('of a method that returns an Observable is the reason of each subscription', async () => {
    await lastValueFrom(app.app.get(RoleService).observe());
    expect(await reasons()).toEqual(['by an Observable']);
  });

  it('is refused without a text', () => {
    expect(() => Reason('')).toThrow(expect.objectContaining({ code: 'INVALID_ANNOTATION' }));
  });
});

describe('the option audit.origin', () => {
  const database = useDatabase();
  const agent = 'Test/1.0';
  const contextOf = async (name: string) =>
    (await database.query(`SELECT context FROM audit_logs WHERE new_data->>'slug' = $1`, [name]))[0]
      ?.context;
  const add = async (options: Parameters<typeof createTestApp>[1], headers = {}) => {
    const app = await createTestApp(database, {
      controllers: [ReasonsController],
      providers: [Tools, RoleService],
      ...options,
    });
    slug = newSlug();
    await app.request('POST', '/reasons/handler', {
      headers: { 'user-agent': agent, 'x-forwarded-for': '203.0.113.7', ...headers },
    });
    await app.close();
    return contextOf(slug);
  };

  it('keeps nothing by default', async () => {
    expect(await add({})).toBeNull();
  });

  it('keeps what it names, with the address of the connection', async () => {
    const origin = ['ip', 'userAgent'] as const;
    expect(await add({ databaseOptions: { audit: { origin } } })).toEqual({
      ip: expect.stringMatching(/127\.0\.0\.1$/),
      userAgent: agent,
    });
    expect(await add({ databaseOptions: { audit: { origin: ['userAgent'] } } })).toEqual({
      userAgent: agent,
    });
  });

  it.each([
    [
      'Express',
      { configure: (nest: unknown) => (nest as NestExpressApplication).set('trust proxy', 1) },
    ],
    ['Fastify', { adapter: new FastifyAdapter({ trustProxy: true }) }],
  ])('keeps the address that %s takes from the proxy it trusts', async (_name, options) => {
    const databaseOptions = { audit: { origin: ['ip'] as const } };
    expect(await add({ databaseOptions, ...options })).toEqual({ ip: '203.0.113.7' });
  });

  it('keeps what a client sends within bounds', async () => {
    const context = await add(
      { databaseOptions: { audit: { origin: ['userAgent'] } } },
      { 'user-agent': 'x'.repeat(3000) },
    );
    expect(context.userAgent).toHaveLength(200);
  });

  it.each([[{ origin: ['host'] }], [{ origin: 'ip' }], [{ origins: ['ip'] }]])(
    'is refused: %j',
    async (audit) => {
      const start = () => createTestApp(database, { databaseOptions: { audit } as never });
      await expect(start()).rejects.toMatchObject({ code: 'INVALID_CONFIGURATION' });
    },
  );
});
