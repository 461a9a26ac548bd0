import { QueryFailedError, type DataSource } from 'typeorm';
import { bands, describeEverywhere, type Scenario } from './everywhere.js';
import { Band } from './tables.js';

/** Each is an application's function, whose name its error's stack should have. */
const callers = {
  async savesByRepository(dataSource: DataSource) {
    await dataSource.getRepository(Band).save(bands('Ash'));
  },
  async insertsByRepository(dataSource: DataSource) {
    await dataSource.getRepository(Band).insert({ name: 'Ash' });
  },
  async updatesByRepository(dataSource: DataSource) {
    await dataSource.getRepository(Band).update({ name: 'Ash' }, { fans: 1e12 });
  },
  async findsByRepository(dataSource: DataSource) {
    await dataSource.getRepository(Band).findBy({ fans: 1e12 });
  },
  async buildsQuery(dataSource: DataSource) {
    await dataSource.createQueryBuilder(Band, 'band').where('1 / 0 = 1').getMany();
  },
  async queriesByDataSource(dataSource: DataSource) {
    await dataSource.query('SELECT 1 / 0');
  },
  async queriesByManager(dataSource: DataSource) {
    await dataSource.manager.query('SELECT 1 / 0');
  },
  async queriesInTransaction(dataSource: DataSource) {
    await dataSource.transaction((manager) => manager.query('SELECT 1 / 0'));
  },
  async savesInTransaction(dataSource: DataSource) {
    await dataSource.transaction(async (manager) => {
      await manager.save(bands('Ash'));
    });
  },
  async queriesByRunner(dataSource: DataSource) {
    const queryRunner = dataSource.createQueryRunner();
    try {
      await queryRunner.query('SELECT 1 / 0');
    } finally {
      await queryRunner.release();
    }
  },
};

function names(caller: keyof typeof callers): Scenario {
  return {
    title: `names ${caller}() and its file in its stack`,
    run: async ({ dataSource }) => {
      await dataSource.getRepository(Band).save(bands('Ash'));
      // In a savepoint, so that the failure leaves a request's transaction as it was.
      const error = await dataSource
        .transaction(() => callers[caller](dataSource))
        .then(
          () => undefined,
          (failure: unknown) => failure,
        );
      if (!(error instanceof QueryFailedError)) return String(error);
      const line = error.stack!.split('\n').find((entry) => entry.includes(caller));
      return line === undefined ? error.stack : line.includes('errors.e2e-spec');
    },
    needs: 'a second connection',
    gives: { result: true, left: ['Ash'] },
  };
}

describeEverywhere('an error', [
  ...(Object.keys(callers) as (keyof typeof callers)[]).map(names),
  {
    title: 'of a query has the message of the server',
    run: async ({ dataSource }) => {
      await dataSource.getRepository(Band).save(bands('Ash'));
      const error = await dataSource
        .transaction((manager) => manager.insert(Band, { name: 'Ash' }))
        .catch((failure: unknown) => failure);
      const { name, driverError, query } = error as QueryFailedError;
      const { code, constraint, table } = driverError as unknown as Record<string, string>;
      return {
        isQueryFailedError: error instanceof QueryFailedError,
        name,
        code,
        constraint,
        table,
        query: query.slice(0, 19),
        message: (error as Error).message,
      };
    },
    gives: {
      result: {
        isQueryFailedError: true,
        name: 'QueryFailedError',
        code: '23505',
        constraint: 'bands_name_key',
        table: 'bands',
        query: 'INSERT INTO "bands"',
        message: 'duplicate key value violates unique constraint "bands_name_key"',
      },
      left: ['Ash'],
    },
  },
  {
    title: 'of a find that finds nothing is TypeORM’s',
    run: async ({ dataSource }) =>
      dataSource.getRepository(Band).findOneByOrFail({ name: 'none' }).then(String),
    gives: { error: 'EntityNotFoundError' },
  },
  {
    title: 'of parameters by name is TypeORM’s',
    run: ({ dataSource }) => dataSource.query('SELECT 1', { a: 1 } as never),
    gives: { error: 'NamedPlaceholdersNotSupportedError' },
  },
]);
