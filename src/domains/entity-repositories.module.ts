import { Global, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { entities } from './entities.js';

/**
 * Makes `@InjectRepository()` of the package's entities work everywhere. Its token is the name of the entity's
 * class: global, it is looked for last, so that in a module that imports an entity of the application's own with
 * the same name that one is meant.
 */
@Global()
@Module({ imports: [TypeOrmModule.forFeature(entities)], exports: [TypeOrmModule] })
export class EntityRepositoriesModule {}
