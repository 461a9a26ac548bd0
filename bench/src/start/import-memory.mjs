// node --expose-gc import-memory.mjs URL COUNT: imports so many songs from a generator.
import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { DatabaseModule, SongCatalogueService } from '../../../dist/src/index.js';

const [url, count] = process.argv.slice(2);

class AppModule {}
Module({ imports: [DatabaseModule.forRoot({ url, poolSize: 1, slowQuery: 0 })] })(AppModule);
const app = await NestFactory.createApplicationContext(AppModule, { logger: ['error'] });

function* songs() {
  for (let n = 0; n < Number(count); n++) {
    yield { artist: `Artist ${(n * 7919) % 20011}`, title: `A Title of Usual Length ${n}` };
  }
}

// What is held: garbage that nobody has come to collect yet is no memory that the import needs.
const megabytes = () => {
  globalThis.gc();
  const { heapUsed, external } = process.memoryUsage();
  return (heapUsed + external) / 1e6;
};
const before = megabytes();
let peak = before;
const watch = () => (peak = Math.max(peak, megabytes()));
await app.get(SongCatalogueService).import(songs(), {
  customerProfileId: '00000002-0000-4000-8000-000000000000',
  openkjSystemId: 1,
  onProgress: watch,
});
watch();
await app.close();
console.log(JSON.stringify({ megabytes: peak - before }));
