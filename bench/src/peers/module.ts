import 'reflect-metadata';
import { Module, type INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { DataSource } from 'typeorm';
import {
  migrations,
  singr,
  type DatabaseDataSource,
  type DatabaseModuleOptions,
} from '../package-under-test.js';

/** An application that has only the module. */
export function startModule(
  url: string,
  poolSize = 1,
  options: Pick<DatabaseModuleOptions, 'tenancy'> = {},
): Promise<INestApplicationContext> {
  @Module({ imports: [singr.DatabaseModule.forRoot({ ...options, url, poolSize, slowQuery: 0 })] })
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

/** Restricts all tables that have a tenant, for a role that is created if needed. */
export async function isolate(url: string, role: string): Promise<void> {
  const config = singr.resolveDatabaseConfig({ url, poolSize: 1, slowQuery: 0 }, {});
  const dataSource = new singr.DatabaseDataSource(singr.dataSourceOptions(config));
  await dataSource.initialize();
  const queryRunner = dataSource.createQueryRunner();
  const [found] = await queryRunner.query('SELECT FROM pg_roles WHERE rolname = $1', [role]);
  if (found === undefined) await queryRunner.query(`CREATE ROLE ${role}`);
  await queryRunner.query('SELECT audit.grant_application($1)', [role]);
  await migrations.isolateSingrTables(queryRunner);
  await queryRunner.release();
  await dataSource.destroy();
}
