import {
  InvalidConfigurationError,
  resolveDatabaseConfig,
  type DatabaseModuleOptions,
} from '@singr/database';
import { known } from '../../../src/engine/config/known-options.js';

// Fails to compile when an option of the module is not among the known ones.
known satisfies Record<keyof DatabaseModuleOptions, unknown>;

const refusal = (options: object): string[] => {
  try {
    resolveDatabaseConfig({ url: 'postgres://u@h/d', ...options }, {});
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidConfigurationError);
    return [...(error as InvalidConfigurationError).problems];
  }
  return [];
};

describe('an option of TypeORM that the module does not have', () => {
  it.each([
    ['type', 'postgres', /always PostgreSQL/],
    ['synchronize', false, /changed by migrations/],
    ['dropSchema', true, /singr-db reset/],
    ['autoLoadEntities', true, /forFeature/],
    ['migrationsRun', true, /use migrate/],
    ['logging', ['query'], /Nest’s logger/],
    ['ssl', { rejectUnauthorized: false }, /sslMode/],
    ['extra', { max: 5 }, /poolSize/],
    ['retryAttempts', 3, /connectAttempts/],
    ['uuidExtension', 'uuid-ossp', /gen_random_uuid/],
    ['name', 'crm', /TypeOrmModule\.forRoot/],
  ])('is refused by its name, with what to do instead: %s', (name, value, remedy) => {
    const [problem, ...others] = refusal({ [name]: value });
    expect(problem).toMatch(`the option "${name}" is none`);
    expect(problem).toMatch(remedy);
    expect(others).toEqual([]);
  });

  it('is reported together with all other unknown options', () => {
    expect(refusal({ type: 'postgres', synchronize: true, autoLoadEntities: true })).toHaveLength(
      3,
    );
  });

  it('is allowed when it is undefined', () => {
    expect(refusal({ synchronize: undefined })).toEqual([]);
  });
});

describe('an option that is misspelt', () => {
  it.each([
    [{ poolsize: 5 }, 'did you mean "poolSize"'],
    [{ migrat: true }, 'did you mean "migrate"'],
    [
      { timeouts: { statment: 5 } },
      'the option "timeouts.statment" is none: did you mean "statement"',
    ],
    [{ transaction: { isolation: 'SERIALIZABLE' } }, 'the option "transaction.isolation" is none'],
    [{ embedded: { dir: 'x' } }, 'the option "embedded.dir" is none'],
    [{ favouriteColour: 'red' }, 'leave it out'],
    // A name that every object has.
    [{ toString: 'x' }, 'the option "toString" is none'],
  ])('is refused with the one that was meant: %j', (options, message) => {
    expect(refusal(options).join()).toMatch(message);
  });

  it('never repeats its value, which may be a secret', () => {
    expect(refusal({ pasword: 'top-secret' }).join()).toMatch('did you mean "password"');
    expect(refusal({ pasword: 'top-secret' }).join()).not.toMatch('top-secret');
  });
});

describe('a list with items of the wrong type', () => {
  it.each([
    ['entities', ['dist/**/*.entity.js']],
    ['entities', { User: class {} }],
    ['migrations', ['dist/migrations/*.js']],
    ['subscribers', ['dist/**/*.subscriber.js']],
  ])('is refused: %s', (name, value) => {
    expect(refusal({ [name]: value }).join()).toMatch(
      `the option "${name}" takes a list of classes`,
    );
  });

  it('is refused: the name of a logger', () => {
    expect(refusal({ logger: 'advanced-console' }).join()).toMatch(
      'the option "logger" takes an object',
    );
  });
});

describe('the option "overload"', () => {
  it.each([
    [{ after: -1 }, 'overload.after'],
    [{ retryAfter: 0.5 }, 'overload.retryAfter'],
    [{ key: 'customerId' }, 'overload.key'],
    [{ key: () => 'a', share: 0 }, 'overload.share'],
    [{ key: () => 'a', share: 50 }, 'overload.share'],
    [{ share: 0.5 }, 'set "overload.key" too'],
    [{ shares: 0.5 }, 'did you mean "share"'],
  ])('refuses %j', (overload, problem) => {
    expect(refusal({ overload })).toEqual([expect.stringContaining(problem)]);
  });

  it('leaves a key at least one connection', () => {
    const { overload } = resolveDatabaseConfig(
      { url: 'postgres://u@h/d', poolSize: 5, overload: { key: () => 'a', share: 0.1 } },
      {},
    );
    expect(overload).toMatchObject({ after: 1000, retryAfter: 2000, connectionsOfKey: 1 });
  });
});

describe('maintenance', () => {
  const resolved = (maintenance: DatabaseModuleOptions['maintenance'], variables = {}) =>
    resolveDatabaseConfig({ url: 'postgres://u@h/d', maintenance }, variables).maintenance;

  it('creates partitions and purges every hour by default', () => {
    expect(resolved(undefined)).toEqual({
      partitions: 3,
      retention: undefined,
      archive: undefined,
      purge: true,
      every: 3_600_000,
    });
  });

  it('is turned off by the option or the variable', () => {
    expect(resolved(false)).toBe(false);
    expect(resolved(undefined, { DATABASE_MAINTENANCE: false })).toBe(false);
    expect(resolved({}, { DATABASE_MAINTENANCE: false })).not.toBe(false);
  });

  it.each([
    ['24 months', 24],
    ['1 month', 1],
    ['2 years', 24],
    ['2years', 24],
  ])('has a retention of %s', (retention, months) => {
    expect(resolved({ retention })).toMatchObject({ retention: months });
    expect(resolved({}, { DATABASE_RETENTION: retention })).toMatchObject({ retention: months });
  });

  it.each([
    [{ retention: '24' }, /24 months/],
    [{ retention: '0 months' }, /24 months/],
    [{ retention: '90 days' }, /24 months/],
    [{ partitions: 121 }, /0 to 120/],
    [{ partitions: true }, /0 to 120/],
    [{ every: 10 }, /1000 to 86400000/],
    [{ archive: '' }, /folder/],
    [{ purge: 1 }, /true or false/],
    [{ retain: '1 year' }, /"maintenance.retain" is none/],
  ])('refuses %j', (maintenance, message) => {
    expect(refusal({ maintenance }).join(' ')).toMatch(message);
  });
});
