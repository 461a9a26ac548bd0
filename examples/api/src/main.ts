import 'reflect-metadata';
import type { AddressInfo } from 'node:net';
import type { INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { SeedService, StartupError, VenueRepository } from '@singr/database';
import { AppModule } from './app.module.js';
import { serveOpenApi } from './http/open-api.js';
import { secureHeaders } from './http/secure-headers.js';
import { acceptBatches } from './openkj/body-limit.js';
import { loggerParams, StartUpLogger } from './start-up/logging.js';
import { InvalidSettingError, readPort } from './start-up/port.js';
import { welcome } from './start-up/welcome.js';

/** Migrates, seeds, listens, and prints how to try the application. */
async function start(): Promise<void> {
  const port = readPort(process.env);
  const app = await NestFactory.create<NestExpressApplication>(AppModule, {
    logger: new StartUpLogger(loggerParams()),
    abortOnError: false,
  });
  try {
    const { credentials } = await app.get(SeedService).run();
    secureHeaders(app);
    acceptBatches(app);
    serveOpenApi(app);
    // SIGINT and SIGTERM close the server, then the pool, then the embedded engine.
    app.enableShutdownHooks();
    await listen(app, port);
    const { port: taken } = app.getHttpServer().address() as AddressInfo;
    const venue = await app.get(VenueRepository).findByUrlName('test-karaoke-bar');
    console.log(welcome(`http://localhost:${taken}`, credentials, venue));
  } catch (error) {
    await app.close();
    throw error;
  }
}

async function listen(app: INestApplication, port: number): Promise<void> {
  try {
    await app.listen(port);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EADDRINUSE') {
      throw new InvalidSettingError(
        `Port ${port} is in use. Stop what listens there, or set PORT to another one.`,
      );
    }
    if (code === 'EACCES') {
      throw new InvalidSettingError(`Port ${port} needs more rights. Set PORT to one above 1023.`);
    }
    throw error;
  }
}

try {
  await start();
} catch (error) {
  const isExpected = error instanceof StartupError || error instanceof InvalidSettingError;
  console.error(isExpected ? error.message : error);
  process.exit(1);
}
