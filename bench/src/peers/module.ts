import 'reflect-metadata';
import { Module, type INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { DataSource } from 'typeorm';
import { singr, type DatabaseDataSource } from '../package-under-test.js';

/** An application that has only the module. */
export function startModule(url: string, poolSize = 1): Promise<INestApplicationContext> {
  @Module({ imports: [singr.DatabaseModule.forRoot({ url, poolSize, slowQuery: 0 })] })
  class AppModule {}
  return NestFactory.createApplicationContext(AppModule, { logger: ['error', 'fatal'] });
}

export function dataSourceOf(app: INestApplicationContext): DatabaseDataSource {
  return app.get<DatabaseDataSource>(DataSource);
}

export async function migrate(url: string): Promise<void> {
  const config = singr.resolveDatabaseConfig({ url, poolSize: 1, migrate: true, slowQuery: 0 }, {});
  const dataSource = new singr.DatabaseDataSource(singr.dataSourceOptions(config));
  await dataSource.initialize();
  await dataSource.destroy();
}
