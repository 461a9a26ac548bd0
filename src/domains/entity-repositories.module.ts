import { Global, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { entities } from './entities.js';

/**
 * Makes `@InjectRepository()` of the package's entities work everywhere. The injection token is the name of
 * the entity's class. NestJS searches global modules last, so a module that imports the application's own
 * entity of this name gets that one.
 */
@Global()
@Module({ imports: [TypeOrmModule.forFeature(entities)], exports: [TypeOrmModule] })
export class EntityRepositoriesModule {}
