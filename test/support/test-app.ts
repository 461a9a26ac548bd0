import type { AddressInfo } from 'node:net';
import {
  Module,
  type INestApplication,
  type LoggerService,
  type ModuleMetadata,
  type Type,
} from '@nestjs/common';
import { NestFactory, type AbstractHttpAdapter } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { DatabaseDataSource, DatabaseModule, type DatabaseModuleOptions } from '@singr/database';
import { getDataSourceToken } from '@nestjs/typeorm';
import type { TestDatabase } from './database.js';

export interface TestAppOptions extends Pick<
  ModuleMetadata,
  'imports' | 'controllers' | 'providers'
> {
  /** What to tell `DatabaseModule.forRoot()` besides where the database is. */
  databaseOptions?: DatabaseModuleOptions;
  /** Where the log goes. Default: nowhere. */
  logger?: LoggerService | false;
  /** What serves HTTP. Default: Express. */
  adapter?: AbstractHttpAdapter;
  /** Called before the application listens, for global guards, pipes and filters. */
  configure?: (nest: INestApplication) => void;
}

/** A response's status and its body, parsed when it is JSON. */
export interface TestResponse<Body = any> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Body;
}

/** A Nest application that listens on a free port. */
export class TestApp {
  constructor(
    readonly nest: INestApplication,
    readonly url: string,
  ) {}

  get dataSource(): DatabaseDataSource {
    return this.nest.get(getDataSourceToken(), { strict: false });
  }

  /** A provider of the application, wherever it is. */
  get<T>(token: Type<T> | string | symbol): T {
    return this.nest.get<T>(token, { strict: false });
  }

  /** A request over HTTP. A text is sent as it is, any other body as JSON. */
  async request<Body = any>(
    method: string,
    path: string,
    { body, headers }: { body?: unknown; headers?: Record<string, string> } = {},
  ): Promise<TestResponse<Body>> {
    const response = await fetch(new URL(path, this.url), {
      method,
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      body: body === undefined || typeof body === 'string' ? body : JSON.stringify(body),
    });
    const text = await response.text();
    const isJson = /[/+]json/.test(response.headers.get('content-type') ?? '');
    return {
      status: response.status,
      headers: response.headers,
      body: (isJson ? JSON.parse(text) : text) as Body,
    };
  }

  close(): Promise<void> {
    return this.nest.close();
  }
}

/**
 * Starts a Nest application on the suite's database, the way an application's `main.ts` does. It is
 * closed before the database goes.
 */
export async function createTestApp(
  database: TestDatabase,
  {
    imports = [],
    controllers,
    providers,
    databaseOptions,
    logger,
    adapter = new ExpressAdapter(),
    configure,
  }: TestAppOptions = {},
): Promise<TestApp> {
  const databaseModule = DatabaseModule.forRoot({ ...database.options, ...databaseOptions });
  @Module({ imports: [databaseModule, ...imports], controllers, providers })
  class TestAppModule {}

  const nest = await NestFactory.create(TestAppModule, adapter, {
    logger: logger ?? false,
    abortOnError: false,
  });
  let isClosed = false;
  const close = nest.close.bind(nest);
  nest.close = async () => {
    if (!isClosed) await close();
    isClosed = true;
  };
  database.beforeDrop(() => nest.close());
  configure?.(nest);
  await nest.listen(0, '127.0.0.1');
  const { port } = nest.getHttpServer().address() as AddressInfo;
  return new TestApp(nest, `http://127.0.0.1:${port}`);
}
