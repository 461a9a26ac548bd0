import { Controller, Get } from '@nestjs/common';
import { APP_FILTER, APP_GUARD } from '@nestjs/core';
import {
  OverloadFilter,
  OverloadGuard,
  SkipOverload,
  Transactional,
  type DatabaseDataSource,
} from '@singr/database';
import { isEmbedded, useDatabase } from '../../support/database.js';
import { httpAdapters } from '../../support/http-adapters.js';
import { useScriptedApp, type Work } from '../../support/scripted-app.js';
import { Signal, until } from '../transaction/control.js';

@Controller('page')
class PageController {
  @Get()
  @SkipOverload()
  page() {
    return 'a page without a query';
  }
}

const overloadProviders = [
  { provide: APP_GUARD, useClass: OverloadGuard },
  { provide: APP_FILTER, useClass: OverloadFilter },
];

const poolSize = isEmbedded ? 1 : 2;
const query: Work = ({ dataSource }) => dataSource.query('SELECT 1 AS one');

/** Takes every connection of the pool. */
async function takeAll(dataSource: DatabaseDataSource): Promise<() => Promise<void>> {
  const held = Array.from({ length: dataSource.config.poolSize }, () =>
    dataSource.createQueryRunner(),
  );
  for (const queryRunner of held) await queryRunner.connect();
  return async () => {
    for (const queryRunner of held) await queryRunner.release();
  };
}

describe.each(httpAdapters)('on %s, while requests wait for a connection', (_name, create) => {
  const database = useDatabase();
  const app = useScriptedApp(database, () => ({
    adapter: create(),
    controllers: [PageController],
    providers: overloadProviders,
    databaseOptions: { poolSize, overload: { after: 30, retryAfter: 2500 } },
  }));

  it('those that come later are turned away at once, and admitted once the queue is empty', async () => {
    const release = await takeAll(app.dataSource);
    const waiting = app.request('GET', query);
    await until(async () => app.dataSource.isOverloaded);

    const { status, headers, body } = await app.request('GET', query);
    expect(status).toBe(503);
    expect(headers.get('retry-after')).toBe('3');
    expect(body).toEqual({
      statusCode: 503,
      code: 'OVERLOADED',
      message: expect.stringMatching('Try again'),
    });
    expect((await app.app.request('GET', '/page')).status).toBe(200);

    await release();
    expect((await waiting).status).toBe(200);
    expect(app.dataSource.isOverloaded).toBe(false);
    expect((await app.request('GET', query)).status).toBe(200);
  });
});

describe('a request that gets no connection in time', () => {
  const database = useDatabase();
  const app = useScriptedApp(database, {
    providers: overloadProviders,
    databaseOptions: { poolSize, connectTimeout: 200, overload: { after: 0 } },
  });

  it('is answered with 503 and Retry-After, also with the guard turned off', async () => {
    const release = await takeAll(app.dataSource);
    const { status, headers, body } = await app.request('POST', query);
    expect(status).toBe(503);
    expect(headers.get('retry-after')).toBe('2');
    expect(body.code).toBe('POOL_EXHAUSTED');
    expect(body.message).not.toMatch('DATABASE_POOL_SIZE');
    await release();
  });
});

/** A service that reads a stream and then queries. */
class Reader {
  @Transactional()
  async read(dataSource: DatabaseDataSource, stream: AsyncIterable<string>) {
    let text = '';
    for await (const part of stream) text += part;
    return dataSource.query('SELECT $1::text AS text', [text]);
  }
}

describe('a @Transactional() method that reads a stream before its first query', () => {
  const database = useDatabase();
  const app = useScriptedApp(database, { databaseOptions: { poolSize } });

  it('holds no connection while it waits for the stream', async () => {
    const told = new Signal();
    async function* stream() {
      yield 'Inn';
      await told.given;
      yield 'uendo';
    }
    const answer = app.request('POST', ({ dataSource }) => new Reader().read(dataSource, stream()));
    await (
      await takeAll(app.dataSource)
    )();
    told.give();
    expect((await answer).body).toEqual([{ text: 'Innuendo' }]);
  });
});
