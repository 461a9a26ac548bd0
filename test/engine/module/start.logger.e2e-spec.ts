import { ConsoleLogger } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { DatabaseModule, type DatabaseModuleOptions } from '@singr/database';
import { migrations } from '../../../migrations/index.js';
import {
  isEmbedded,
  useDatabase,
  useEmptyDatabase,
  type TestDatabase,
} from '../../support/database.js';

class Recorder extends ConsoleLogger {
  readonly lines: string[] = [];

  override log(message: unknown): void {
    this.lines.push(`log ${String(message)}`);
  }

  override warn(message: unknown): void {
    this.lines.push(`warn ${String(message)}`);
  }
}

/** The log of an application about its database at start. */
async function linesAtStart(
  database: TestDatabase,
  options: DatabaseModuleOptions = {},
): Promise<string[]> {
  const logger = new Recorder();
  const app = await NestFactory.createApplicationContext(
    {
      module: class TestModule {},
      imports: [DatabaseModule.forRoot({ ...database.options, ...options })],
    },
    { logger, abortOnError: false },
  );
  await app.close();
  return logger.lines.filter((line) => /PostgreSQL|pending|slow/.test(line));
}

describe('an application’s log at start', () => {
  const database = useDatabase();
  const empty = useEmptyDatabase();

  it('names the database, and not its password', async () => {
    const { hostname, port, pathname, username, password } = new URL(database.url);
    const lines = await linesAtStart(database);
    expect(lines).toEqual([
      expect.stringMatching(
        new RegExp(
          `^log PostgreSQL \\d+\\.\\d+.* at ${hostname}:${port}, database "${pathname.slice(1)}", as "${username}"\\.$`,
        ),
      ),
    ]);
    if (password.length > 6) expect(lines.join()).not.toContain(password);
  });

  it('warns of migrations that are pending', async () => {
    expect(await linesAtStart(empty)).toContainEqual(
      expect.stringMatching(
        new RegExp(`^warn ${migrations.length} migrations are pending\\..*npx singr-db migrate`),
      ),
    );
  });

  it('has no warning of how long the migrations took', async () => {
    const lines = await linesAtStart(empty, { migrate: true, slowQuery: 1 });
    expect(lines.filter((line) => /pending|slow query, .* CREATE /.test(line))).toEqual([]);
  });

  it('distinguishes a missing privilege from pending migrations', async () => {
    if (isEmbedded) return; // One login.
    await database.query(`DROP ROLE IF EXISTS singr_start`);
    await database.query(`CREATE ROLE singr_start LOGIN PASSWORD 'start'`);
    database.beforeDrop(async () => {
      await database.query('DROP ROLE singr_start');
    });
    const url = new URL(database.url);
    [url.username, url.password] = ['singr_start', 'start'];
    expect(await linesAtStart(database, { url: url.href })).toContainEqual(
      expect.stringMatching(/^warn Whether migrations are pending is unknown: permission denied/),
    );
  });
});
