import { EntitySchema, type QueryRunner } from 'typeorm';
import { ActorContext, type DatabaseDataSource, type DatabaseOptions } from '@singr/database';
import { dataSourceFor } from '../../support/data-source.js';
import { describeOnServer, useEmptyDatabase } from '../../support/database.js';

interface Note {
  text: string;
  writer?: string;
}

const Note = new EntitySchema<Note>({
  name: 'Note',
  tableName: 'notes',
  columns: { text: { type: 'text', primary: true }, writer: { type: 'text', nullable: true } },
});

/** The work of the migration, besides adding a note of its own. */
let step: (queryRunner: QueryRunner) => Promise<unknown>;

class WritesNote1900000000000 {
  async up(queryRunner: QueryRunner) {
    await queryRunner.query(
      `INSERT INTO notes VALUES ('of the migration', current_setting('app.actor_name', true))`,
    );
    await step(queryRunner);
  }
  async down(queryRunner: QueryRunner) {
    await queryRunner.query(`DELETE FROM notes WHERE text = 'of the migration'`);
  }
}

const mistake = new Error('as planned');
const planned = (error: unknown) => {
  if (error !== mistake) throw error;
};

describeOnServer('inside an open transaction', () => {
  const database = useEmptyDatabase();
  let dataSource: DatabaseDataSource;

  const connect = async (options: DatabaseOptions = {}) => {
    dataSource = await dataSourceFor(
      { ...database.options, timeouts: { lock: 300 }, ...options },
      { entities: [Note], migrations: [WritesNote1900000000000] },
    ).initialize();
  };

  beforeEach(async () => {
    step = async () => undefined;
    await database.query('CREATE TABLE notes (text text PRIMARY KEY, writer text)');
    await connect();
  });

  afterEach(async () => {
    await dataSource.destroy();
    await database.query('DROP TABLE IF EXISTS notes, migrations, typeorm_metadata');
  });

  const notes = async () => {
    const rows = await database.query<Note>('SELECT text FROM notes ORDER BY text');
    return rows.map(({ text }) => text);
  };
  const recorded = () => database.query('SELECT name FROM migrations');

  /** Runs `work` in a transaction that has written, and is rolled back. */
  const inside = (work: () => Promise<unknown>) =>
    dataSource
      .transaction(async (manager) => {
        await manager.insert(Note, { text: 'of the caller' });
        await work();
        throw mistake;
      })
      .catch(planned);

  describe.each(['all', 'each', 'none'] as const)('migrations in the mode %s', (transaction) => {
    const migrate = () => dataSource.runMigrations({ transaction });

    it('stay applied and recorded when the transaction is rolled back', async () => {
      await inside(migrate);
      expect(await notes()).toEqual(['of the migration']);
      expect(await recorded()).toHaveLength(1);
    });

    it('are undone outside it as well', async () => {
      await migrate();
      await inside(() => dataSource.undoLastMigration({ transaction }));
      expect(await notes()).toEqual([]);
      expect(await recorded()).toHaveLength(0);
    });

    it('write through repositories, transaction() and query() outside it', async () => {
      const repository = dataSource.getRepository(Note);
      step = async () => {
        await repository.insert({ text: 'of a repository' });
        await dataSource.transaction((manager) => manager.insert(Note, { text: 'of another' }));
        await dataSource.query(`INSERT INTO notes VALUES ('raw')`);
      };
      await inside(migrate);
      expect(await notes()).toEqual(['of a repository', 'of another', 'of the migration', 'raw']);
    });

    it('undo nothing of it when they fail', async () => {
      step = (queryRunner) => queryRunner.query('SELECT 1 / 0');
      await dataSource.transaction(async (manager) => {
        await manager.insert(Note, { text: 'of the caller' });
        await expect(migrate()).rejects.toThrow('division by zero');
      });
      expect(await notes()).toContain('of the caller');
    });

    it('fail when they wait for its locks', async () => {
      step = (queryRunner) => queryRunner.query('ALTER TABLE notes ADD more text');
      await inside(() => expect(migrate()).rejects.toMatchObject({ code: '55P03' }));
      expect(await notes()).not.toContain('of the caller');
    });

    it('fail when they wait for themselves', async () => {
      step = () => dataSource.runMigrations({ transaction });
      await expect(migrate()).rejects.toMatchObject({ code: '55P03' });
    });

    it('leave none of their timeouts on the connection', async () => {
      await inside(migrate);
      const settings = await Promise.all(
        [1, 2, 3].map(() => dataSource.query('SHOW lock_timeout')),
      );
      expect(settings.flat()).toEqual(Array(3).fill({ lock_timeout: '0' }));
    });

    it('are refused at once on a pool of one', async () => {
      await dataSource.destroy();
      await connect({ poolSize: 1, connectTimeout: 0 });
      await inside(() => expect(migrate()).rejects.toMatchObject({ code: 'POOL_TOO_SMALL' }));
      expect(await notes()).toEqual([]);
    });

    it('are refused a second connection at once on a pool of one', async () => {
      await dataSource.destroy();
      await connect({ poolSize: 1, connectTimeout: 0 });
      const codes: string[] = [];
      const failed = ({ code }: { code: string }) => codes.push(code);
      step = async () => {
        await dataSource.query('SELECT 1').catch(failed);
        await dataSource.transaction((manager) => manager.query('SELECT 1')).catch(failed);
      };
      await migrate();
      expect(codes).toEqual(['POOL_TOO_SMALL', 'POOL_TOO_SMALL']);
      await expect(dataSource.query('SELECT 1 AS one')).resolves.toEqual([{ one: 1 }]);
    });
  });

  it.each([
    ['its query runner', (queryRunner: QueryRunner) => queryRunner],
    ['the data source', () => dataSource],
  ])('a migration may build an index concurrently, on %s', async (_, on) => {
    step = (queryRunner) =>
      on(queryRunner).query('CREATE INDEX CONCURRENTLY notes_writer ON notes (writer)');
    await dataSource.transaction(async (manager) => {
      await manager.query('SELECT 1');
      // PostgreSQL keeps the snapshot of what came with parameters or in a batch, and the index waits for it.
      await manager.query('SELECT 2');
      await dataSource.runMigrations({ transaction: 'none' });
    });
    const [index] = await database.query(`SELECT to_regclass('notes_writer') AS name`);
    expect(index.name).toBe('notes_writer');
  });

  it.each([
    ['the actor of the call', { name: 'nightly job' }, 'nightly job'],
    ['migrations, where there is none', undefined, 'migrations'],
  ])('a migration is written by %s', async (_, actor, writer) => {
    const run = () => inside(() => dataSource.runMigrations());
    await (actor === undefined ? run() : ActorContext.run(actor, run));
    expect(await database.query('SELECT writer FROM notes')).toEqual([{ writer }]);
  });

  it('a list of migrations is made outside it', async () => {
    await inside(() => dataSource.showMigrations());
    expect(await recorded()).toEqual([]);
  });

  it('the schema is synchronised outside it', async () => {
    await database.query('ALTER TABLE notes DROP writer');
    await dataSource
      .transaction(async (manager) => {
        await manager.query('SELECT 1');
        await dataSource.synchronize();
        throw mistake;
      })
      .catch(planned);
    expect(await database.query('SELECT writer FROM notes')).toEqual([]);
  });

  it('the tables are dropped outside it', async () => {
    await dataSource
      .transaction(async (manager) => {
        await manager.query('SELECT 1');
        await dataSource.dropDatabase();
        throw mistake;
      })
      .catch(planned);
    const [found] = await database.query(`SELECT to_regclass('notes') AS notes`);
    expect(found.notes).toBeNull();
  });

  it('all of these are refused at once on a pool of one', async () => {
    await dataSource.destroy();
    await connect({ poolSize: 1, connectTimeout: 0 });
    for (const name of ['showMigrations', 'synchronize', 'dropDatabase'] as const) {
      await inside(() =>
        expect(dataSource[name]()).rejects.toMatchObject({ code: 'POOL_TOO_SMALL' }),
      );
    }
  });
});
