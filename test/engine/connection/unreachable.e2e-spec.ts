import { createServer, type AddressInfo } from 'node:net';
import { randomBytes } from 'node:crypto';
import { Logger } from '@nestjs/common';
import type { DatabaseOptions } from '@singr/database';
import {
  DatabaseAccessDeniedError,
  DatabaseConnectionError,
  DatabaseMissingError,
  DatabaseUnreachableError,
} from '../../../src/engine/connection/errors.js';
import { describeConnectionFailure } from '../../../src/engine/connection/connection-failure.js';
import { isTransientConnectionFailure } from '../../../src/engine/driver/transient-failures.js';
import { StartupError } from '../../../src/engine/common/errors/startup.error.js';
import { dataSourceFor } from '../../support/data-source.js';
import { databaseUrl } from '../../../src/testing/database-url.js';
import { describeOnServer, useEmptyDatabase } from '../../support/database.js';
import { freePort } from '../../support/free-port.js';
import { RecordingLogger } from '../../support/recording-logger.js';

/** The error that a start ends with. */
async function startFailure(options: DatabaseOptions): Promise<StartupError> {
  const dataSource = dataSourceFor(options);
  const error: unknown = await dataSource.initialize().then(
    () => dataSource.destroy(),
    (failure: unknown) => failure,
  );
  expect(error).toBeInstanceOf(StartupError);
  return error as StartupError;
}

describe('a port without a server', () => {
  const logger = new RecordingLogger();

  beforeEach(() => {
    logger.clear();
    Logger.overrideLogger(logger);
  });
  afterAll(() => Logger.overrideLogger(false));

  it('is retried with a pause, and then reported in one message', async () => {
    const port = await freePort();
    const url = `postgres://someone:top-secret@127.0.0.1:${port}/db`;
    const error = await startFailure({ url, connectAttempts: 2 });
    expect(error).toBeInstanceOf(DatabaseUnreachableError);
    expect(error.message).toMatch(`127.0.0.1:${port} (2 attempts`);
    expect(error.message).toMatch('DATABASE_URL');
    expect(logger.messages('warn')).toEqual([
      'The database does not answer (attempt 1 of 2); next try in 250 ms.',
    ]);
  });

  it('is reported without the password, and without a stack', async () => {
    const url = `postgres://someone:top-secret@127.0.0.1:${await freePort()}/db`;
    const error = await startFailure({ url, connectAttempts: 1 });
    expect(error.stack).toBe(`DatabaseUnreachableError: ${error.message}`);
    expect(`${error.stack}${logger.text}`).not.toContain('top-secret');
  });

  it('on which a server starts in the meantime is no failure', async () => {
    const port = await freePort();
    // Accepts and says nothing of what a server says: another failure than "nobody there".
    const server = createServer((socket) => socket.end('N'));
    setTimeout(() => server.listen(port, '127.0.0.1'), 100);
    const url = `postgres://someone@127.0.0.1:${port}/db?sslmode=require`;
    const error = await startFailure({ url, connectAttempts: 2 });
    server.close();
    expect(error).toBeInstanceOf(DatabaseConnectionError);
    expect(error.message).toMatch('sslmode');
  });
});

describe('a server that accepts and never answers', () => {
  it('fails after the connection time-out', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const error = await startFailure({
      url: `postgres://someone@127.0.0.1:${port}/db`,
      connectTimeout: 200,
      connectAttempts: 1,
    });
    server.close();
    expect(error).toBeInstanceOf(DatabaseUnreachableError);
  });
});

describe('a password', () => {
  const { config } = dataSourceFor({ url: 'postgres://someone:top-secret@db.example/db' });

  it.each(['28P01', '28000'])('that the server refuses with %s is reported as such', (code) => {
    const refusal = Object.assign(new Error('password authentication failed for user "someone"'), {
      code,
    });
    const error = describeConnectionFailure(refusal, config, 1);
    expect(error).toBeInstanceOf(DatabaseAccessDeniedError);
    expect(error.message).toMatch(/db\.example:5432 refuses the login.*PGPASSWORD/);
    expect(error.message).not.toContain('top-secret');
  });

  it('that is missing is reported as such', () => {
    const refusal = new Error('SASL: SCRAM-SERVER-FIRST-MESSAGE: client password must be a string');
    const error = describeConnectionFailure(refusal, config, 1);
    expect(error).toBeInstanceOf(DatabaseAccessDeniedError);
    expect(error.message).toMatch('none is set');
  });
});

describe('a failure that is not that of an unreachable server', () => {
  const { config } = dataSourceFor({ url: 'postgres://someone@db.example/db' });

  it.each([
    'invalid value for parameter "statement_timeout"',
    'backend terminated unexpectedly: 3',
  ])('is not reported as one: %s', (message) => {
    const refusal = Object.assign(new Error(message), { code: '22023' });
    expect(isTransientConnectionFailure(refusal)).toBe(false);
    expect(describeConnectionFailure(refusal, config, 1)).toBeInstanceOf(DatabaseConnectionError);
  });
});

describeOnServer('a server', () => {
  const database = useEmptyDatabase();

  it('that refuses the role is reported as such, at the first attempt', async () => {
    const url = new URL(database.url);
    url.username = `nobody_${randomBytes(4).toString('hex')}`;
    url.password = 'top-secret';
    const error = await startFailure({ url: url.href, connectAttempts: 5 });
    expect(error).toBeInstanceOf(DatabaseAccessDeniedError);
    expect(error.message).toMatch(/PGUSER and PGPASSWORD/);
    expect(error.message).not.toContain('top-secret');
  });

  it('without the database is reported as such, at the first attempt', async () => {
    const url = databaseUrl(database.url, 'no_such_database');
    const error = await startFailure({ url, connectAttempts: 5 });
    expect(error).toBeInstanceOf(DatabaseMissingError);
    expect(error.message).toMatch('createdb no_such_database');
  });
});
