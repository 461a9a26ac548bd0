#!/usr/bin/env node
import 'reflect-metadata';
import { createRequire } from 'node:module';
import { NestFactory } from '@nestjs/core';
import { loadEnvFile } from '../engine/config/env-file.js';
import type { CommandRunner } from './command-line/command.js';
import { parseCommandLine, type Call, type Help } from './command-line/parse.js';
import { commandLogger } from './command-logger.js';
import { commands, CommandsModule, isForCore } from './commands.module.js';
import { NotForCoreError } from './errors.js';
import { loadHostOptions } from './host-options.js';
import { reportFailure } from './report-failure.js';

const about = [
  'singr-db --version prints the version.',
  '',
  'The database is that of DATABASE_URL, else that of the PG* variables (both also from .env in this folder),',
  'else the embedded PostgreSQL in .singr/data.',
];

try {
  const typed = process.argv.slice(2);
  if (typed[0] === '--version') console.log(packageVersion());
  else await obey(parseCommandLine('singr-db', commands, typed, about));
} catch (error) {
  reportFailure(error);
}

async function obey(parsed: Call | Help): Promise<void> {
  if ('command' in parsed) return run(parsed);
  if (parsed.wasAskedFor) return console.log(parsed.help);
  console.error(parsed.help);
  process.exitCode = 1;
}

async function run({ command, input }: Call): Promise<void> {
  loadEnvFile();
  const options = await loadHostOptions();
  if (options.core && !isForCore(command)) throw new NotForCoreError();
  const application = await NestFactory.createApplicationContext(
    await CommandsModule.forRoot(options),
    // Nest's start-up messages are not logged. Its errors are thrown, and reported above.
    { logger: false, abortOnError: false },
  );
  application.useLogger(await commandLogger());
  try {
    await application.get<CommandRunner>(command, { strict: false }).run(input);
  } finally {
    await application.close();
  }
}

function packageVersion(): string {
  return createRequire(import.meta.url)('@singr/database/package.json').version;
}
