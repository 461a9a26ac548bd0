import type { FactoryProvider } from '@nestjs/common';
import { getDataSourceToken } from '@nestjs/typeorm';
import type { DataSource, EntityManager, EntityTarget, ObjectLiteral, Repository } from 'typeorm';

/**
 * Provides a custom repository under its own class.
 *
 * `TypeOrmModule.forFeature()` provides plain repositories only. The class must keep the constructor of
 * `Repository`, because `EntityManager.withRepository()` calls it.
 */
export function repositoryProvider<E extends ObjectLiteral, R extends Repository<E>>(
  repository: new (target: EntityTarget<E>, manager: EntityManager) => R,
  entity: EntityTarget<E>,
): FactoryProvider<R> {
  return {
    provide: repository,
    inject: [getDataSourceToken()],
    useFactory: (dataSource: DataSource) => new repository(entity, dataSource.manager),
  };
}
