import { CommitUnknownError, Role, Transactional, type DatabaseDataSource } from '@singr/database';
import { dataSourceFor } from '../../support/data-source.js';
import { describeOnServer, useDatabase } from '../../support/database.js';
import { existing, newSlug } from '../../support/trail.js';
import { startCuttingServer, type Cut, type CuttingServer } from './cutting-server.js';

const cuts = [
  ['before the server gets it', 'aborted', 0],
  ['before the answer arrives', 'committed', 1],
] as const satisfies (readonly [Cut, string, number])[];

describeOnServer('a connection that is lost', () => {
  const database = useDatabase();
  let server: CuttingServer;
  let dataSource: DatabaseDataSource;

  beforeAll(async () => {
    server = await startCuttingServer(database.url);
    dataSource = await dataSourceFor({ url: server.url, poolSize: 2 }).initialize();
  });

  afterAll(async () => {
    await dataSource.destroy();
    await server.stop();
  });

  const failureOf = (work: () => Promise<unknown>) =>
    work().then(
      () => undefined,
      (error: unknown) => error as Error & { code?: string },
    );

  it.each(cuts)(
    'at COMMIT, %s, leaves an outcome that can be asked for: %s',
    async (cut, outcome, rows) => {
      const slug = newSlug();
      server.cutAt('COMMIT', cut);
      const error = await failureOf(() =>
        dataSource.transaction((manager) => manager.insert(Role, { slug })),
      );
      expect(error).toBeInstanceOf(CommitUnknownError);
      const { transactionId } = error as CommitUnknownError;
      expect(await dataSource.transactionOutcome(transactionId!)).toBe(outcome);
      expect(await existing(database, slug)).toHaveLength(rows);
    },
  );

  it.each(cuts)('at the COMMIT of a query runner, %s, as well: %s', async (cut, outcome) => {
    const queryRunner = dataSource.createQueryRunner();
    await queryRunner.startTransaction();
    await queryRunner.manager.insert(Role, { slug: newSlug() });
    server.cutAt('COMMIT', cut);
    const error = await failureOf(() => queryRunner.commitTransaction());
    await queryRunner.release();
    expect(error).toBeInstanceOf(CommitUnknownError);
    const { transactionId } = error as CommitUnknownError;
    expect(await dataSource.transactionOutcome(transactionId!)).toBe(outcome);
  });

  it('at a write that commits by itself has an unknown outcome without an id', async () => {
    const slug = newSlug();
    server.cutAt(slug, 'before the answer arrives');
    const error = await failureOf(() => dataSource.getRepository(Role).insert({ slug }));
    expect(error).toMatchObject({ code: 'COMMIT_UNKNOWN', transactionId: undefined });
  });

  it('at a statement before COMMIT is no reason to ask: nothing remains', async () => {
    const slug = newSlug();
    const error = await failureOf(() =>
      dataSource.transaction(async (manager) => {
        await manager.insert(Role, { slug });
        server.cutAt('pg_sleep', 'before the answer arrives');
        await manager.query('SELECT pg_sleep(0)');
      }),
    );
    expect(error).toMatchObject({ code: 'CONNECTION_LOST' });
    expect(await existing(database, slug)).toEqual([]);
  });

  it('before COMMIT is retried where the code may run again, and at COMMIT it is not', async () => {
    class Roles {
      runs = 0;

      @Transactional({ retries: 2 })
      async add(slug: string, cutAt: string): Promise<void> {
        if (this.runs++ === 0) server.cutAt(cutAt, 'before the answer arrives');
        await dataSource.getRepository(Role).insert({ slug });
      }
    }
    const retried = new Roles();
    const slug = newSlug();
    await retried.add(slug, slug);
    expect(retried.runs).toBe(2);
    expect(await existing(database, slug)).toHaveLength(1);
    const unknown = new Roles();
    const error = await failureOf(() => unknown.add(newSlug(), 'COMMIT'));
    expect(error).toMatchObject({ code: 'COMMIT_UNKNOWN' });
    expect(unknown.runs).toBe(1);
  });

  it('to another service is not retried, whatever its code', async () => {
    let runs = 0;
    class Jobs {
      @Transactional({ retries: 2 })
      async call(): Promise<void> {
        runs++;
        throw Object.assign(new Error('the search engine is away'), { code: 'ECONNREFUSED' });
      }
    }
    expect(await failureOf(() => new Jobs().call())).toMatchObject({ code: 'ECONNREFUSED' });
    expect(runs).toBe(1);
  });

  it('has an outcome that no server remembers for ever, and none on a server that never saw it', async () => {
    expect(await dataSource.transactionOutcome('3')).toBeUndefined();
    expect(await dataSource.transactionOutcome('9000000000')).toBe('aborted');
  });
});

describeOnServer('a server that no longer takes writes, as after a failover', () => {
  const database = useDatabase();

  it('loses its connections one by one, so that new ones reach the new primary', async () => {
    const dataSource = await dataSourceFor({ url: database.url, poolSize: 1 }).initialize();
    const pid = async () => {
      const [row] = await dataSource.query<{ pid: number }[]>('SELECT pg_backend_pid() AS pid');
      return row!.pid;
    };
    const before = await pid();
    const write = () => dataSource.getRepository(Role).insert({ slug: newSlug() });
    await dataSource.query(`SET default_transaction_read_only = on`);
    await expect(write()).rejects.toMatchObject({ code: '25006' });
    expect(await pid()).not.toBe(before);
    await write();
    await dataSource.destroy();
  });
});
