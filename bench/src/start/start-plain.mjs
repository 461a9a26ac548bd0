// node --expose-gc start-plain.mjs URL: an application with TypeORM's own module and the same entities.
import { report } from './start-report.mjs';

await report(process.argv[2], async (imported) => {
  await import('reflect-metadata');
  const { Module } = await import('@nestjs/common');
  const { NestFactory } = await import('@nestjs/core');
  const { TypeOrmModule } = await import('@nestjs/typeorm');
  const { entities } = await import('../../../dist/src/domains/entities.js');
  imported();
  class AppModule {}
  const options = {
    type: 'postgres',
    url: process.argv[2],
    entities: [...entities],
    installExtensions: false,
  };
  // With a repository of each entity, as an application has them.
  Module({ imports: [TypeOrmModule.forRoot(options), TypeOrmModule.forFeature([...entities])] })(
    AppModule,
  );
  return NestFactory.createApplicationContext(AppModule, { logger: ['error'] });
});
