import {
  BadRequestException,
  Catch,
  Controller,
  Get,
  Injectable,
  VersioningType,
  type ArgumentsHost,
  type CallHandler,
  type ExceptionFilter,
  type ExecutionContext,
  type NestInterceptor,
  type PipeTransform,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { ActorContext, Venue } from '@singr/database';
import { map } from 'rxjs';
import { useDatabase } from '../support/database.js';
import { createVenue } from '../support/fixtures.js';
import { httpAdapters } from '../support/http-adapters.js';
import { ann } from '../support/people.js';
import type { TestApp } from '../support/test-app.js';
import { caller, createPageApp } from './page-app.js';

/** An interceptor that wraps every answer, as many applications have. */
@Injectable()
class Wrapping implements NestInterceptor {
  intercept(_context: ExecutionContext, next: CallHandler) {
    return next.handle().pipe(map((data: unknown) => ({ data })));
  }
}

/** A filter that answers every error in its own way. */
@Catch()
class Hiding implements ExceptionFilter {
  constructor(private readonly adapters: HttpAdapterHost) {}

  catch(_error: unknown, host: ArgumentsHost): void {
    const response: unknown = host.switchToHttp().getResponse();
    this.adapters.httpAdapter.reply(response, { hidden: true }, 418);
  }
}

/** A pipe that refuses whatever it gets. */
class Refusing implements PipeTransform {
  transform(): never {
    throw new BadRequestException('refused by the pipe of the application');
  }
}

@Controller({ path: 'things', version: '2' })
class ThingsController {
  @Get()
  list() {
    return [];
  }

  @Get('broken')
  broken() {
    throw new Error('broken');
  }
}

describe.each(httpAdapters)(
  'an application on %s with prefix, versions, pipes, interceptors and filters',
  (_, create) => {
    const database = useDatabase();
    let app: TestApp;
    let venue: Venue;
    const page = () => caller(app, ann, 'everything', '/v1-of/admin/audit/api');

    beforeAll(async () => {
      app = await createPageApp(
        database,
        { path: '/admin/audit/' },
        {
          adapter: create(),
          controllers: [ThingsController],
          configure: (nest) => {
            nest.setGlobalPrefix('v1-of');
            nest.enableVersioning({ type: VersioningType.URI });
            nest.useGlobalInterceptors(new Wrapping());
            nest.useGlobalFilters(new Hiding(nest.get(HttpAdapterHost)));
            nest.useGlobalPipes(new Refusing());
          },
        },
      );
      venue = await ActorContext.run({ userId: ann }, () =>
        createVenue(app.dataSource.manager, { name: 'Harbour' }),
      );
      await ActorContext.run({ userId: ann }, () =>
        app.dataSource.getRepository(Venue).update({ id: venue.id }, { city: 'Elsewhere' }),
      );
    });

    it('reads, exports and undoes', async () => {
      expect((await page().get('session')).body.can).toEqual({ undo: true });
      const { entries } = (await page().get(`entries?table=venues&id=${venue.id}`)).body;
      expect(entries).toHaveLength(2);
      const { body } = await page().get(`records/venues/${venue.id}`);
      expect(body).toMatchObject({ label: 'Harbour' });
      const file = await page().get('entries/export?format=csv&table=venues');
      expect(file.headers.get('content-type')).toBe('text/csv; charset=utf-8');
      expect(file.body).toContain('Elsewhere');
      const undone = await page().post('undo', { sequence: entries[0].sequence });
      expect(undone.body).toMatchObject({ dryRun: false, steps: [{ action: 'update' }] });
    });

    it('answers refusals in the form of the page, and leaves the rest to the application', async () => {
      const path = '/v1-of/admin/audit/api/session';
      expect((await app.request('GET', path)).body).toEqual({
        statusCode: 401,
        code: 'UNAUTHORIZED',
        error: 'Unauthorized',
        message: 'Sign in first.',
      });
      expect((await page().get('entries?limit=x')).body).toMatchObject({ statusCode: 400 });
      expect((await app.request('GET', '/v1-of/v2/things')).body).toEqual({ data: [] });
      expect((await app.request('GET', '/v1-of/v2/things/broken')).body).toEqual({ hidden: true });
    });

    it('serves the document with a strict policy, a base of its own and no inline script or style', async () => {
      const { status, headers, body } = await app.request('GET', '/v1-of/admin/audit');
      expect(status).toBe(200);
      expect(headers.get('content-type')).toBe('text/html; charset=utf-8');
      expect(headers.get('content-security-policy')).toBe(
        "default-src 'self'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'; object-src 'none'",
      );
      expect(body).toContain('<base href="./audit/" />');
      expect(body).toContain('<meta name="sign-in" content="/sign-in" />');
      expect(body).not.toMatch(/<style|style="|<script>|onclick=/);
      const files = [...String(body).matchAll(/(?:href|src)="([a-z0-9/-]+\.(?:css|js|svg))"/g)];
      expect(files.length).toBeGreaterThan(2);
      for (const [, file] of files) {
        const answer = await app.request('GET', `/v1-of/admin/audit/${file}`);
        expect([file, answer.status]).toEqual([file, 200]);
      }
      for (const path of [
        'none.js',
        'views/none.js',
        '..%2findex.js',
        'views/..%2f..%2findex.js',
      ]) {
        expect((await app.request('GET', `/v1-of/admin/audit/${path}`)).status).toBe(404);
      }
    });
  },
);
