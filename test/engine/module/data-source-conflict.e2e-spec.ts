import type { DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import { DatabaseModule, DataSourceConflictError } from '@singr/database';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { failure } from '../../support/scripted-app.js';
import { useDatabase } from '../../support/database.js';

const database = useDatabase();

const ours = {
  'forRoot()': () => DatabaseModule.forRoot(database.options),
  'forRootAsync()': () =>
    DatabaseModule.forRootAsync({
      // Options that come late, as from a secret store.
      useFactory: async () => {
        await new Promise((resolve) => setTimeout(resolve, 100));
        return database.options;
      },
    }),
};

const settings = (): DataSourceOptions => ({ type: 'postgres', url: database.url });

const theirs = {
  'forRoot()': () => TypeOrmModule.forRoot(settings()),
  'forRootAsync()': () => TypeOrmModule.forRootAsync({ useFactory: settings }),
  'a data source that is connected already': () =>
    TypeOrmModule.forRootAsync({
      useFactory: settings,
      dataSourceFactory: async () => {
        const dataSource = await new DataSource(settings()).initialize();
        database.beforeDrop(async () => dataSource.isInitialized && dataSource.destroy());
        return dataSource;
      },
    }),
  'a data source that connects later': () =>
    TypeOrmModule.forRoot({ ...settings(), manualInitialization: true }),
};

async function startFailure(imports: DynamicModule[]): Promise<Error> {
  return failure(
    NestFactory.createApplicationContext(
      { module: class TestModule {}, imports },
      { logger: false, abortOnError: false },
    ),
  );
}

describe.each(Object.entries(ours))('DatabaseModule.%s', (_, makeOurs) => {
  describe.each(Object.entries(theirs))('and TypeOrmModule with %s', (_, makeTheirs) => {
    it('are reported as a conflict when the module comes first', async () => {
      expect(await startFailure([makeOurs(), makeTheirs()])).toBeInstanceOf(
        DataSourceConflictError,
      );
    });

    it('are reported as a conflict when the module comes last', async () => {
      expect(await startFailure([makeTheirs(), makeOurs()])).toBeInstanceOf(
        DataSourceConflictError,
      );
    });
  });
});

it('two database modules in one application are reported as a conflict', async () => {
  const error = await startFailure([
    DatabaseModule.forRoot(database.options),
    DatabaseModule.forRoot(database.options),
  ]);
  expect(error).toBeInstanceOf(DataSourceConflictError);
});

it('a data source with a name is beside the module’s, in whatever order', async () => {
  for (const reversed of [false, true]) {
    const imports = [
      DatabaseModule.forRoot(database.options),
      TypeOrmModule.forRootAsync({ name: 'crm', useFactory: settings }),
    ];
    const app = await NestFactory.createApplicationContext(
      { module: class TestModule {}, imports: reversed ? imports.reverse() : imports },
      { logger: false, abortOnError: false },
    );
    await app.close();
  }
});
