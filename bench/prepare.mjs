// Installs the packages of the benchmark when they have changed, and generates Prisma's client.
import { execFileSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const age = (path) => (existsSync(here(path)) ? statSync(here(path)).mtimeMs : 0);
const run = (command, args, env = {}) =>
  execFileSync(command, args, {
    cwd: here('.'),
    // What they say is shown only when they fail.
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  });

if (age('node_modules/.package-lock.json') < age('package-lock.json')) {
  console.log('Installing the packages of the benchmark …');
  run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel', 'error']);
}

if (age('prisma/generated/client.ts') < age('prisma/schema.prisma')) {
  console.log('Generating Prisma’s client …');
  // The command line would download an engine, which generating does not use: any file will do for it.
  run(
    process.execPath,
    [
      here('node_modules/prisma/build/index.js'),
      'generate',
      '--config',
      here('prisma/prisma.config.ts'),
    ],
    { PRISMA_SCHEMA_ENGINE_BINARY: process.execPath, PRISMA_HIDE_UPDATE_MESSAGE: '1' },
  );
}
