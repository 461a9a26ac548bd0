#!/usr/bin/env node
import 'reflect-metadata';
import { CommandFactory } from 'nest-commander';
import { loadEnvFile } from '../config/env-file.js';
import { commandLogger } from './command-logger.js';
import { CommandsModule } from './commands.module.js';
import { reportFailure } from './report-failure.js';

try {
  loadEnvFile();
  const application = await CommandFactory.createWithoutRunning(CommandsModule, {
    // What Nest does while it starts is of no interest; what goes wrong there is reported below.
    logger: false,
    abortOnError: false,
    serviceErrorHandler: reportFailure,
  });
  application.useLogger(await commandLogger());
  try {
    await CommandFactory.runApplication(application);
  } finally {
    await application.close();
  }
} catch (error) {
  reportFailure(error);
}
