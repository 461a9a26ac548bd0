import { inspect } from 'node:util';
import { Logger } from '@nestjs/common';
import { QueryFailedError } from 'typeorm';
import type { DatabaseDataSource } from '@singr/database';
import { User } from '../../../src/domains/identity/entities/user.entity.js';
import { dataSourceFor } from '../../support/data-source.js';
import { useDatabase } from '../../support/database.js';
import { RecordingLogger } from '../../support/recording-logger.js';

const secret = 'argon2id-hash-of-somebody';

describe('values', () => {
  const database = useDatabase();
  const logger = new RecordingLogger();
  let dataSource: DatabaseDataSource;

  beforeAll(async () => {
    Logger.overrideLogger(logger);
    dataSource = await dataSourceFor({ ...database.options, slowQuery: 60_000 }).initialize();
    database.beforeDrop(() => dataSource.destroy());
  });
  beforeEach(() => logger.clear());
  afterAll(() => Logger.overrideLogger(false));

  async function failureOf(work: Promise<unknown>): Promise<QueryFailedError> {
    const error: unknown = await work.then(
      () => undefined,
      (failure: unknown) => failure,
    );
    expect(error).toBeInstanceOf(QueryFailedError);
    return error as QueryFailedError;
  }

  describe('of a failed statement', () => {
    const email = 'taken@example.com';
    let error: QueryFailedError & { code: string; constraint: string; detail: string };

    beforeAll(async () => {
      await dataSource.manager.insert(User, { email });
      error = (await failureOf(
        dataSource.manager.insert(User, { email, passwordHash: secret }),
      )) as typeof error;
    });

    it('can be read by code', () => {
      expect(error.parameters).toContain(secret);
      expect(error.detail).toContain(email);
      expect(error.driverError).toBeInstanceOf(Error);
    });

    it('are not printed or serialised', () => {
      const shown = inspect(error, { depth: null }) + JSON.stringify(error) + String(error.stack);
      expect(shown).not.toContain(secret);
      expect(shown).not.toContain(email);
      expect(Object.keys({ ...error })).not.toContain('parameters');
    });

    it('do not hide the code and the constraint', () => {
      expect(error).toMatchObject({ code: '23505', constraint: expect.stringMatching(/^users_/) });
    });
  });

  it('are not in the log of a query', async () => {
    await dataSource.manager.insert(User, { email: 'a@example.com', passwordHash: secret });
    expect(logger.messages('debug', 'Database')).toContainEqual(
      expect.stringMatching(/^\d+\.\d ms: INSERT INTO "users"/),
    );
    expect(logger.text).not.toContain(secret);
    expect(logger.text).not.toContain('a@example.com');
  });

  describe('that PostgreSQL quotes', () => {
    it.each([
      ['SELECT $1::uuid', '22P02', 'invalid input syntax for type uuid: …'],
      ['SELECT $1::json', '22P02', 'invalid input syntax for type json'],
      ['SELECT $1::text::integer[]', '22P02', 'malformed array literal: …'],
      [
        'SELECT $1::timestamptz',
        '22007',
        'invalid input syntax for type timestamp with time zone: …',
      ],
      [`SELECT set_config('TimeZone', $1, true)`, '22023', 'invalid value for parameter "…"'],
      ["SELECT regexp_match('a', $1)", '2201B', 'invalid regular expression: …'],
      [`SELECT to_tsquery('simple', $1)`, '42601', 'syntax error in tsquery: "…"'],
      ['SELECT $1::geography', 'XX000', 'parse error - invalid geometry'],
    ])('are neither in the error nor in the log: %s', async (sql, code, message) => {
      const value = `hunter2 (*) "${secret}":\n${secret}`;
      const error = await failureOf(dataSource.query(sql, [value]));
      expect(error).toMatchObject({ code, message });
      const shown = inspect(error, { depth: null }) + JSON.stringify(error) + String(error.stack);
      for (const text of [shown, logger.text]) {
        expect(text).not.toMatch(new RegExp(`hunter2|${secret}`));
      }
      expect(logger.messages('error', 'Database')).toEqual([
        expect.stringContaining(`query failed, ${code} (${message}): SELECT`),
      ]);
    });

    it('can still be read from the driver’s error', async () => {
      const error = await failureOf(dataSource.getRepository(User).findOneBy({ id: secret }));
      expect(error.driverError.message).toContain(secret);
    });

    it('do not include names, which stay in the message', async () => {
      const error = await failureOf(dataSource.query('SELECT no_such_column'));
      expect(error.message).toBe('column "no_such_column" does not exist');
    });
  });

  it('are cut from the log, which shows 200 characters of a query', async () => {
    await dataSource.query(`SELECT 1 AS one /* ${'x'.repeat(500)} */`);
    const [line] = logger.messages('debug', 'Database').slice(-1);
    expect(line).toMatch(/…$/);
    expect(line!.replace(/^[\d.]+ ms: /, '')).toHaveLength(201);
  });

  it('are not in the warning about a slow query', async () => {
    const slow = dataSourceFor({ ...database.options, slowQuery: 1 });
    await dataSource.destroy();
    await slow.initialize();
    logger.clear();
    await slow.query(`SELECT pg_sleep($1), $2::text`, [0.01, secret]);
    await slow.destroy();
    await dataSource.initialize();
    expect(logger.messages('warn', 'Database')).toContainEqual(
      expect.stringMatching(/^slow query, \d+\.\d ms, by nobody, in .*: SELECT pg_sleep/),
    );
    expect(logger.text).not.toContain(secret);
  });
});
