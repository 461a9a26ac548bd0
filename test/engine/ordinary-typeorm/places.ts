import type { Server } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { Catch, type ArgumentsHost } from '@nestjs/common';
import { BaseExceptionFilter } from '@nestjs/core';
import type { DatabaseDataSource } from '@singr/database';
import { DataSource } from 'typeorm';
import { ann } from '../../support/people.js';
import { ScriptedApp } from '../../support/scripted-app.js';
import { dataSourceFor } from '../../support/data-source.js';
import { isEmbedded, type TestDatabase } from '../../support/database.js';
import { ordinaryEntities } from './tables.js';

export const placeNames = ['plain TypeORM', 'a script', 'a POST request', 'a GET request'] as const;
export type PlaceName = (typeof placeNames)[number];

type Work = (dataSource: DataSource) => Promise<unknown>;

/** Somewhere that code which uses TypeORM can run. */
export interface Place {
  start(): Promise<DataSource>;
  /** Runs `work` to its end, that of the request around it included. Throws what the request failed with. */
  run(work: Work): Promise<unknown>;
  stop(): Promise<void>;
  /** In place of `stop`, when something waits for itself there: nothing may wait for it. */
  abandon(): Promise<void>;
}

/** Enough for whatever a scenario has open at once. */
const poolSize = isEmbedded ? 1 : 5;

/** In milliseconds. A connection that goes back within a transaction holds the embedded engine's session so long. */
const idleTimeout = 500;

export function placeFor(name: PlaceName, database: TestDatabase): Place {
  switch (name) {
    case 'plain TypeORM':
      return new Script(() => plainDataSource(database));
    case 'a script':
      return new Script(() => ourDataSource(database));
    case 'a POST request':
      return new Request(database, 'POST');
    case 'a GET request':
      return new Request(database, 'GET');
  }
}

export function plainDataSource(
  { url }: TestDatabase,
  entities: readonly Function[] = [],
): DataSource {
  return new DataSource({
    type: 'postgres',
    url,
    entities: [...ordinaryEntities, ...entities],
    poolSize,
    connectTimeoutMS: 5000,
    installExtensions: false,
    extra: { idleTimeoutMillis: idleTimeout },
  });
}

export function ourDataSource(
  database: TestDatabase,
  entities: readonly Function[] = [],
): DatabaseDataSource {
  return dataSourceFor(ourOptions(database, entities));
}

function ourOptions({ options }: TestDatabase, entities: readonly Function[] = []) {
  return {
    ...options,
    poolSize,
    connectTimeout: 5000,
    entities: [...ordinaryEntities, ...entities],
  };
}

class Script implements Place {
  private dataSource: DataSource | undefined;

  constructor(private readonly create: () => DataSource) {}

  async start(): Promise<DataSource> {
    return (this.dataSource = await this.create().initialize());
  }

  run(work: Work): Promise<unknown> {
    return work(this.dataSource!);
  }

  async stop(): Promise<void> {
    await this.dataSource!.destroy();
  }

  async abandon(): Promise<void> {
    await giveUpOn(this.stop());
  }
}

class Request implements Place {
  private app: ScriptedApp | undefined;
  private failure: unknown;

  constructor(
    private readonly database: TestDatabase,
    private readonly method: 'POST' | 'GET',
  ) {}

  async start(): Promise<DataSource> {
    this.app = new ScriptedApp();
    await this.app.start(this.database, {
      databaseOptions: ourOptions(this.database),
      configure: (nest) => {
        const remember = (error: unknown) => (this.failure = error);
        nest.useGlobalFilters(new RememberingFilter(remember, nest.getHttpAdapter()));
      },
    });
    return this.app.dataSource;
  }

  async run(work: Work): Promise<unknown> {
    let result: unknown;
    const handler = async ({ dataSource }: { dataSource: DataSource }) => {
      result = await work(dataSource);
    };
    const { status } = await this.app!.request(this.method, handler, { user: ann });
    if (status >= 300) throw this.failure;
    return result;
  }

  stop(): Promise<void> {
    return this.app!.app.close();
  }

  async abandon(): Promise<void> {
    const { nest, dataSource } = this.app!.app;
    (nest.getHttpServer() as Server).closeAllConnections();
    await giveUpOn(dataSource.destroy());
    await giveUpOn(nest.close());
    // The database's end would wait for it once more.
    nest.close = async () => undefined;
  }
}

/** Lets `work` end, should it ever do so. */
async function giveUpOn(work: Promise<unknown>): Promise<void> {
  await Promise.race([work.catch(() => undefined), sleep(1000, undefined, { ref: false })]);
}

@Catch()
class RememberingFilter extends BaseExceptionFilter {
  constructor(
    private readonly remember: (error: unknown) => void,
    adapter: ConstructorParameters<typeof BaseExceptionFilter>[0],
  ) {
    super(adapter);
  }

  override catch(error: unknown, host: ArgumentsHost): void {
    this.remember(error);
    super.catch(error, host);
  }
}
