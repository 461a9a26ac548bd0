import { Logger } from '@nestjs/common';
import {
  CannotConnectAlreadyConnectedError,
  CannotExecuteNotConnectedError,
  Column,
  Entity,
  JoinColumn,
  ManyToOne,
  MissingPrimaryColumnError,
  PrimaryColumn,
  TypeORMError,
} from 'typeorm';
import type { DatabaseDataSource } from '@singr/database';
import { failure } from '../../support/scripted-app.js';
import { StartupError } from '../../../src/engine/common/errors/startup.error.js';
import { dataSourceFor } from '../../support/data-source.js';
import { useDatabase, useEmptyDatabase } from '../../support/database.js';
import { RecordingLogger } from '../../support/recording-logger.js';

/** The connection pool of a data source. */
const poolOf = ({ driver }: DatabaseDataSource): unknown => Reflect.get(driver, 'master');

/** Without a key, and with a name that sounds like a connection that timed out. */
@Entity('timeout_rules')
class TimeoutRule {
  @Column('text')
  name!: string;
}

/** A target that is not there. */
@Entity('terminated_unexpectedly')
class Orphan {
  @PrimaryColumn('text')
  name!: string;

  @ManyToOne('ConnectionTimeout')
  @JoinColumn({ name: 'parent' })
  parent!: object;
}

describe('a data source that is connected', () => {
  const database = useDatabase();
  let dataSource: DatabaseDataSource;

  beforeAll(async () => {
    dataSource = await dataSourceFor(database.options).initialize();
    database.beforeDrop(() => dataSource.destroy());
  });

  it('refuses to be initialized again, and stays connected', async () => {
    const pool = poolOf(dataSource);
    await expect(dataSource.initialize()).rejects.toThrow(CannotConnectAlreadyConnectedError);
    expect(dataSource.isInitialized).toBe(true);
    expect(poolOf(dataSource)).toBe(pool);
    await expect(dataSource.query('SELECT 1 AS one')).resolves.toEqual([{ one: 1 }]);
  });

  it('has subscribers, metadata and a transaction as before the refused attempt', async () => {
    const { subscribers, entityMetadatas } = dataSource;
    await failure(dataSource.initialize());
    expect(dataSource.subscribers).toBe(subscribers);
    expect(dataSource.entityMetadatas).toBe(entityMetadatas);
    await dataSource.transaction(async (manager) => {
      await failure(dataSource.initialize());
      await manager.query('SELECT 1');
    });
  });
});

describe('a data source that is being connected', () => {
  const database = useDatabase();

  it('refuses a second attempt at the same time, and makes one pool', async () => {
    const dataSource = dataSourceFor(database.options);
    const outcomes = await Promise.allSettled([1, 2, 3].map(() => dataSource.initialize()));
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected']);
    for (const outcome of outcomes.slice(1)) {
      const { reason } = outcome as PromiseRejectedResult;
      expect(reason).toBeInstanceOf(CannotConnectAlreadyConnectedError);
    }
    await expect(dataSource.query('SELECT 1 AS one')).resolves.toEqual([{ one: 1 }]);
    await dataSource.destroy();
  });

  it('is not stopped by a call of destroy(), which has nothing to close yet', async () => {
    const dataSource = dataSourceFor(database.options);
    const start = dataSource.initialize();
    await expect(dataSource.destroy()).rejects.toThrow(CannotExecuteNotConnectedError);
    await start;
    await dataSource.query('SELECT 1');
    await dataSource.destroy();
  });

  it('can be tried again after a failure, and connected again after it was closed', async () => {
    const dataSource = dataSourceFor(database.options, { entities: [TimeoutRule] });
    await failure(dataSource.initialize());
    dataSource.setOptions({ entities: [] });
    for (let time = 0; time < 2; time++) {
      await dataSource.initialize();
      await dataSource.query('SELECT 1');
      await dataSource.destroy();
    }
  });
});

describe('entities that TypeORM cannot read', () => {
  const database = useEmptyDatabase();
  const logger = new RecordingLogger();

  beforeEach(() => {
    logger.clear();
    Logger.overrideLogger(logger);
  });
  afterAll(() => Logger.overrideLogger(false));

  it.each([
    ['without a key', TimeoutRule, MissingPrimaryColumnError],
    ['with a relation that leads nowhere', Orphan, TypeORMError],
  ])('cause an error without a retry: one %s', async (_, entity, expected) => {
    const options = { ...database.options, connectAttempts: 3, entities: [entity] };
    const dataSource = dataSourceFor(options);
    const error = await failure(dataSource.initialize());
    expect(error).toBeInstanceOf(expected);
    expect(error).not.toBeInstanceOf(StartupError);
    expect(logger.messages('warn')).toEqual([]);
    expect(dataSource.isInitialized).toBe(false);
  });
});

describe('a migration that fails at start', () => {
  const database = useEmptyDatabase();

  it('is reported as its own error, and tried once, whatever its message says', async () => {
    let runs = 0;
    class Fails1700000000000 {
      name = 'Fails1700000000000';
      async up(): Promise<void> {
        runs++;
        throw new Error('Connection terminated unexpectedly, said the plan for the timeout');
      }
      async down(): Promise<void> {}
    }
    const dataSource = dataSourceFor(
      { ...database.options, connectAttempts: 3, migrate: true },
      { migrations: [Fails1700000000000] },
    );
    await expect(dataSource.initialize()).rejects.toThrow(/said the plan/);
    expect(runs).toBe(1);
  });
});
