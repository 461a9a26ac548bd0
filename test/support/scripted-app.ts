import { Controller, Delete, Get, Injectable, Patch, Post, Put, Req } from '@nestjs/common';
import { InjectDataSource, InjectRepository } from '@nestjs/typeorm';
import { DatabaseDataSource, Role } from '@singr/database';
import type { Repository } from 'typeorm';
import type { TestDatabase } from './database.js';
import { createTestApp, type TestApp, type TestAppOptions, type TestResponse } from './test-app.js';
import { trustingGuard } from './people.js';

/** What an application's code gets injected. */
@Injectable()
export class Tools {
  constructor(
    @InjectDataSource() readonly dataSource: DatabaseDataSource,
    @InjectRepository(Role) readonly roles: Repository<Role>,
  ) {}
}

/** The body of a handler. */
export type Work = (tools: Tools) => unknown;

const works = new Map<string, Work>();
let count = 0;

@Controller('work')
class WorkController {
  constructor(private readonly tools: Tools) {}

  @Get()
  get(@Req() request: any) {
    return works.get(request.headers['x-work'])!(this.tools);
  }

  @Post()
  post(@Req() request: any) {
    return this.get(request);
  }

  @Put()
  put(@Req() request: any) {
    return this.get(request);
  }

  @Patch()
  patch(@Req() request: any) {
    return this.get(request);
  }

  @Delete()
  delete(@Req() request: any) {
    return this.get(request);
  }
}

interface RequestOptions {
  user?: string | undefined;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

/** An application whose handlers do what each test says. */
export class ScriptedApp {
  private running: TestApp | undefined;

  get app(): TestApp {
    return this.running!;
  }

  get tools(): Tools {
    return this.app.get(Tools);
  }

  get dataSource(): DatabaseDataSource {
    return this.app.dataSource;
  }

  /** How many connections of the pool are in use. */
  get connectionsInUse(): number {
    const { totalCount, idleCount } = this.dataSource.driver.master;
    return totalCount - idleCount;
  }

  async start(database: TestDatabase, options: TestAppOptions): Promise<void> {
    this.running = await createTestApp(database, {
      ...options,
      controllers: [WorkController, ...(options.controllers ?? [])],
      providers: [trustingGuard, Tools, ...(options.providers ?? [])],
    });
  }

  /** Sends a request whose handler does `work`. */
  async request(
    method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
    work: Work,
    { user, headers, signal }: RequestOptions = {},
  ): Promise<TestResponse> {
    const id = `work-${++count}`;
    works.set(id, work);
    const response = await fetch(new URL('/work', this.app.url), {
      method,
      headers: { 'x-work': id, ...(user === undefined ? {} : { 'x-user': user }), ...headers },
      signal: signal ?? null,
    });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json') ?? false;
    return {
      status: response.status,
      headers: response.headers,
      body: isJson ? JSON.parse(text) : text,
    };
  }

  /** A request of which nothing but its success is expected. */
  async succeed(...request: Parameters<ScriptedApp['request']>): Promise<void> {
    const { status, body } = await this.request(...request);
    if (status >= 300) throw new Error(`answered ${status}: ${JSON.stringify(body)}`);
  }
}

/** Starts one for the suite. */
export function useScriptedApp(
  database: TestDatabase,
  options: TestAppOptions | (() => TestAppOptions) = {},
): ScriptedApp {
  const app = new ScriptedApp();
  beforeAll(() => app.start(database, typeof options === 'function' ? options() : options));
  afterAll(() => app.app.close());
  return app;
}

/** The error that `work` ends in, whose code a test looks at. */
export async function failure(work: Promise<unknown>): Promise<Error & { code?: string }> {
  return work.then(
    () => {
      throw new Error('it succeeded');
    },
    (error: Error & { code?: string }) => error,
  );
}
