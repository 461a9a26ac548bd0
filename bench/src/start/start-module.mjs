// node --expose-gc start-module.mjs URL: an application with this package.
import { report } from './start-report.mjs';

await report(process.argv[2], async (imported) => {
  await import('reflect-metadata');
  const { Module } = await import('@nestjs/common');
  const { NestFactory } = await import('@nestjs/core');
  const { DatabaseModule } = await import('../../../dist/src/index.js');
  imported();
  class AppModule {}
  Module({ imports: [DatabaseModule.forRoot({ url: process.argv[2] })] })(AppModule);
  return NestFactory.createApplicationContext(AppModule, { logger: ['error'] });
});
