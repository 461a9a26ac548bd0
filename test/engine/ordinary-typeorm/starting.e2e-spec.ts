import { Column, Entity, PrimaryColumn } from 'typeorm';
import { useDatabase } from '../../support/database.js';
import { bands, ending, nameOf, within } from './everywhere.js';
import { ourDataSource, plainDataSource } from './places.js';
import { Band, createTables } from './tables.js';

/** Without a key. Its name is one that a failed connection could have in its message. */
@Entity('time_outs')
class TimeoutRule {
  @Column('int')
  seconds!: number;
}

@Entity('connections')
class ConnectionTerminatedUnexpectedly {
  @PrimaryColumn('int')
  id!: number;

  @Column('no such type' as 'int')
  port!: number;
}

describe.each([
  ['plain TypeORM', plainDataSource],
  ['this package', ourDataSource],
])('a data source of %s', (_name, create) => {
  const database = useDatabase();
  beforeAll(() => database.query(createTables));

  const connections = async (): Promise<number> => {
    const [row] = await database.query(
      `SELECT count(*)::int AS count FROM pg_stat_activity
       WHERE datname = current_database() AND pid <> pg_backend_pid()`,
    );
    return row.count;
  };

  it('that is initialized twice refuses, and stays connected', async () => {
    const dataSource = await create(database).initialize();
    const pool = (dataSource.driver as unknown as { master: unknown }).master;
    try {
      expect(await ending(dataSource.initialize())).toBe('CannotConnectAlreadyConnectedError');
      expect((dataSource.driver as unknown as { master: unknown }).master).toBe(pool);
      expect(dataSource.isInitialized).toBe(true);
      expect(await dataSource.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
    } finally {
      await within(dataSource.destroy(), 'destroy()');
    }
  });

  it('that is initialized twice during a transaction does not affect it', async () => {
    const dataSource = await create(database).initialize();
    try {
      await dataSource.transaction(async (manager) => {
        await manager.save(bands('During'));
        await ending(dataSource.initialize());
        await manager.save(bands('During again'));
      });
      expect(
        await database.query(`SELECT name FROM bands WHERE name ~ 'During' ORDER BY 1`),
      ).toEqual([{ name: 'During' }, { name: 'During again' }]);
    } finally {
      await within(dataSource.destroy(), 'destroy()');
    }
  });

  it('starts again after destroy(), with the same repositories', async () => {
    const dataSource = create(database);
    const names: string[] = [];
    for (const name of ['First', 'Second', 'Third']) {
      await dataSource.initialize();
      await dataSource.getRepository(Band).save(bands(name));
      names.push(name);
      expect(await dataSource.getRepository(Band).existsBy({ name })).toBe(true);
      await within(dataSource.destroy(), 'destroy()');
      expect(dataSource.isInitialized).toBe(false);
    }
    expect(await connections()).toBe(0);
  });

  it('has each subscriber once, however often it starts', async () => {
    const dataSource = create(database);
    const counts: number[] = [];
    for (let start = 0; start < 3; start++) {
      await dataSource.initialize();
      counts.push(dataSource.subscribers.length);
      await within(dataSource.destroy(), 'destroy()');
    }
    expect(new Set(counts).size).toBe(1);
  });

  it('that is destroyed twice throws an error', async () => {
    const dataSource = await create(database).initialize();
    await within(dataSource.destroy(), 'destroy()');
    expect(await ending(within(dataSource.destroy(), 'destroy()'))).toBe(
      'CannotExecuteNotConnectedError',
    );
  });

  it('that was never initialized throws an error when it is destroyed', async () => {
    expect(await ending(create(database).destroy())).toBe('CannotExecuteNotConnectedError');
  });

  it('that is not connected refuses queries', async () => {
    const dataSource = await create(database).initialize();
    const repository = dataSource.getRepository(Band);
    await within(dataSource.destroy(), 'destroy()');
    const ends = [ending(repository.count()), ending(repository.save(bands('Late')))];
    for (const end of await within(Promise.all(ends), 'a query')) expect(end).not.toBe('done');
  });

  it('reports a mistake in an entity at once, and leaves no connection', async () => {
    const start = (entity: Function) =>
      create(database, [entity])
        .initialize()
        .then(() => 'done', nameOf);
    expect(await within(start(TimeoutRule), 'the start')).toBe('MissingPrimaryColumnError');
    expect(await within(start(ConnectionTerminatedUnexpectedly), 'the start')).toBe(
      'DataTypeNotSupportedError',
    );
    expect(await connections()).toBe(0);
  });
});
