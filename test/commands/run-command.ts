import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { isEmbedded, type TestDatabase } from '../support/database.js';

/** How a process ended, and what it printed. */
export interface Outcome {
  readonly exitCode: number | null;
  readonly out: string;
  readonly err: string;
}

/** The program: the sources, or what was built of them, which starts in half the time. */
const program = process.env.SINGR_DB ?? 'src/commands/main.ts';

/** Runs a command of the package on the suite's database, as `npm run` does, in this or another folder. */
export function runCommand(
  database: TestDatabase,
  words: readonly string[],
  variables: NodeJS.ProcessEnv = {},
  folder = '.',
): Promise<Outcome> {
  return run(program, words, { DATABASE_URL: database.url, ...variables }, folder);
}

/** Runs TypeORM's command line on the suite's database, as `npm run typeorm` does. */
export function runTypeorm(
  database: TestDatabase,
  words: readonly string[],
  variables: NodeJS.ProcessEnv = {},
): Promise<Outcome> {
  return run('src/commands/typeorm.ts', words, { DATABASE_URL: database.url, ...variables });
}

async function run(
  script: string,
  words: readonly string[],
  variables: NodeJS.ProcessEnv,
  folder = '.',
): Promise<Outcome> {
  const loader = script.endsWith('.ts')
    ? ['--import', resolve('tools/typescript/register.mjs')]
    : [];
  const child = spawn(process.execPath, [...loader, resolve(script), ...words], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      DATABASE_CONNECT_ATTEMPTS: '1',
      ...(isEmbedded ? { DATABASE_POOL_SIZE: '1' } : {}),
      // A busy machine is not what the output is about.
      DATABASE_SLOW_QUERY: '0',
      USER: 'rosa',
      ...variables,
    },
  });
  let out = '';
  let err = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
  const [exitCode] = (await once(child, 'close')) as [number | null];
  return { exitCode, out, err };
}
