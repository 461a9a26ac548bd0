#!/usr/bin/env node
import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { loadEnvFile } from '../config/env-file.js';
import type { CommandRunner } from './command-line/command.js';
import { parseCommandLine, type Call } from './command-line/parse.js';
import { commandLogger } from './command-logger.js';
import { commands, CommandsModule } from './commands.module.js';
import { loadHostOptions } from './host-options.js';
import { reportFailure } from './report-failure.js';

try {
  const parsed = parseCommandLine('singr-db', commands, process.argv.slice(2));
  if ('command' in parsed) await run(parsed);
  else if (parsed.wasAskedFor) console.log(parsed.help);
  else {
    console.error(parsed.help);
    process.exitCode = 1;
  }
} catch (error) {
  reportFailure(error);
}

async function run({ command, words, options }: Call): Promise<void> {
  loadEnvFile();
  const application = await NestFactory.createApplicationContext(
    CommandsModule.forRoot(await loadHostOptions()),
    // What Nest does while it starts is of no interest; what goes wrong there is reported above.
    { logger: false, abortOnError: false },
  );
  application.useLogger(await commandLogger());
  try {
    const runner = application.get<
      CommandRunner & Record<string, (text: string | null) => unknown>
    >(command, { strict: false });
    const flags = options.map(([{ key, method }, text]) => [key, runner[method]!(text)] as const);
    await runner.run(words, Object.fromEntries(flags));
  } finally {
    await application.close();
  }
}
