import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DynamicModule } from '@nestjs/common';
import { ConfigModule, ConfigService, registerAs } from '@nestjs/config';
import { NestFactory } from '@nestjs/core';
import { DatabaseDataSource, DatabaseModule } from '@singr/database';
import { getDataSourceToken } from '@nestjs/typeorm';
import { useDatabase } from '../../support/database.js';

const database = useDatabase();

const hostsOwn = registerAs('database', () => ({ host: 'db.example', port: 6543 }));
const ours = () => DatabaseModule.forRoot(database.options);
const theirs = {
  'ConfigModule.forRoot()': () => ConfigModule.forRoot({ isGlobal: true, load: [hostsOwn] }),
  'ConfigModule.forFeature()': () => ConfigModule.forFeature(hostsOwn),
};

async function start(imports: (DynamicModule | Promise<DynamicModule>)[]) {
  const app = await NestFactory.createApplicationContext(
    { module: class TestModule {}, imports },
    { logger: false, abortOnError: false },
  );
  database.beforeDrop(() => app.close());
  return app;
}

describe.each(Object.entries(theirs))(
  'the configuration namespace "database" of an application’s own, by %s',
  (_, makeTheirs) => {
    it.each([
      ['before', () => [makeTheirs(), ours()]],
      ['behind', () => [ours(), makeTheirs()]],
    ])('is as the application made it, %s the module', async (_place, imports) => {
      const app = await start(imports());
      const config = app.get(ConfigService, { strict: false });
      expect(config.get('database')).toEqual({ host: 'db.example', port: 6543 });
      expect(config.get('database.host')).toBe('db.example');
      await app.close();
    });
  },
);

it('the module leaves nothing in the application’s configuration', async () => {
  const namespaces = async (imports: Parameters<typeof start>[0]) => {
    const app = await start([ConfigModule.forRoot({ isGlobal: true }), ...imports]);
    const config = Object.keys(Reflect.get(app.get(ConfigService), 'internalConfig'));
    await app.close();
    return config;
  };
  expect(await namespaces([ours()])).toEqual(await namespaces([]));
});

it.each(['before', 'behind'])(
  'what ConfigModule reads from .env %s the module is for it too',
  async (place) => {
    const folder = mkdtempSync(join(tmpdir(), 'singr-env-'));
    const envFilePath = join(folder, '.env');
    writeFileSync(envFilePath, `PGAPPNAME=${place}\n`);
    try {
      const theirs = ConfigModule.forRoot({ envFilePath });
      const app = await start(place === 'before' ? [theirs, ours()] : [ours(), theirs]);
      const { config } = app.get<DatabaseDataSource>(getDataSourceToken());
      expect(config.applicationName).toBe(place);
      await app.close();
    } finally {
      delete process.env.PGAPPNAME;
      rmSync(folder, { recursive: true });
    }
  },
);
