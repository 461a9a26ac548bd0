import { Controller, Get, Post } from '@nestjs/common';
import { getDataSourceToken, InjectDataSource } from '@nestjs/typeorm';
import {
  ActorContext,
  readYourWrites,
  type DatabaseDataSource,
  type DatabaseOptions,
} from '@singr/database';
import { areClustersPossible, Cluster } from '../../support/cluster.js';
import { dataSourceFor } from '../../support/data-source.js';
import { isEmbedded, type TestDatabase } from '../../support/database.js';
import { createTestApp, type TestApp } from '../../support/test-app.js';
import { isPgBouncerInstalled, startPgBouncer } from '../pgbouncer/pgbouncer.js';

const suite = areClustersPossible && !isEmbedded ? describe : describe.skip;

const secret = 'a secret of some length';

interface Read {
  readonly last: number;
  readonly port: number;
}

/** The last number written, and the server that told. */
function read(dataSource: DatabaseDataSource): Promise<Read> {
  return dataSource
    .createQueryBuilder()
    .select('coalesce(max(written.id), 0)', 'last')
    .addSelect('inet_server_port()', 'port')
    .from('written', 'written')
    .getRawOne<Read>() as Promise<Read>;
}

@Controller('written')
class WrittenController {
  constructor(@InjectDataSource() private readonly dataSource: DatabaseDataSource) {}

  @Get()
  read(): Promise<Read> {
    return read(this.dataSource);
  }

  @Post()
  async write(): Promise<{ id: number }> {
    const [row] = await this.dataSource.query<[{ id: number }]>(
      'INSERT INTO written DEFAULT VALUES RETURNING id',
    );
    return row;
  }
}

suite('reads after writes, with a replica that is behind', () => {
  let primary: Cluster;
  let standby: Cluster;
  const opened: DatabaseDataSource[] = [];
  const apps: TestApp[] = [];

  const options = (): DatabaseOptions => ({ url: primary.url, replicas: [standby.url] });

  const open = async (more: DatabaseOptions = {}): Promise<DatabaseDataSource> => {
    const dataSource = dataSourceFor({ ...options(), ...more });
    opened.push(await dataSource.initialize());
    return dataSource;
  };

  beforeAll(async () => {
    primary = await Cluster.start();
    primary.run(`CREATE TABLE written (id serial PRIMARY KEY)`);
    primary.run(
      `CREATE FUNCTION write() RETURNS int LANGUAGE sql AS 'INSERT INTO written DEFAULT VALUES RETURNING id'`,
    );
    standby = await Cluster.start({
      standbyOf: primary,
      settings: { recovery_min_apply_delay: '200ms' },
    });
  }, 60_000);

  afterAll(async () => {
    for (const app of apps) await app.close();
    for (const dataSource of opened) await dataSource.destroy();
    for (const cluster of [standby, primary]) await cluster?.remove();
  });

  type Write = (dataSource: DatabaseDataSource) => Promise<number>;
  const insert = 'INSERT INTO written DEFAULT VALUES RETURNING id';
  const id = ([row]: { id: number }[]) => row!.id;
  const ways: [string, Write][] = [
    ['a statement by itself', async (dataSource) => id(await dataSource.query(insert))],
    [
      'a function that is called by itself',
      async (dataSource) => id(await dataSource.query('SELECT write() AS id')),
    ],
    [
      'several statements in one text',
      async (dataSource) => {
        await dataSource.query(`SELECT 1; ${insert}`);
        return id(await dataSource.query('SELECT max(id) AS id FROM written'));
      },
    ],
    [
      'a transaction',
      (dataSource) => dataSource.transaction(async (manager) => id(await manager.query(insert))),
    ],
    [
      'a transaction that calls a function',
      (dataSource) =>
        dataSource.transaction(async (manager) => id(await manager.query('SELECT write() AS id'))),
    ],
    [
      'a transaction of a query runner',
      async (dataSource) => {
        const queryRunner = dataSource.createQueryRunner();
        await queryRunner.startTransaction();
        const written = id(await queryRunner.query(insert));
        await queryRunner.commitTransaction();
        await queryRunner.release();
        return written;
      },
    ],
    [
      'a transaction that another actor writes in',
      (dataSource) =>
        ActorContext.run({ name: 'a job' }, () =>
          dataSource.transaction((manager) =>
            ActorContext.run({ userId: 'somebody' }, async () => id(await manager.query(insert))),
          ),
        ),
    ],
  ];

  it.each(ways)('see what was written by %s', async (_, write) => {
    const dataSource = await open();
    await ActorContext.run({ userId: 'somebody' }, async () => {
      for (let i = 0; i < 20; i++) {
        const written = await write(dataSource);
        expect((await read(dataSource)).last).toBeGreaterThanOrEqual(written);
      }
    });
  });

  (isPgBouncerInstalled ? it : it.skip)('see them through PgBouncer', async () => {
    const bouncers = [await startPgBouncer(primary.url, 3), await startPgBouncer(standby.url, 3)];
    try {
      const [url, replica] = bouncers.map((bouncer) => bouncer.url) as [string, string];
      const dataSource = await open({ url, replicas: [replica] });
      await ActorContext.run({ userId: 'somebody' }, async () => {
        for (const [, write] of ways) {
          const written = await write(dataSource);
          expect((await read(dataSource)).last).toBeGreaterThanOrEqual(written);
        }
      });
      expect((await read(dataSource)).port).toBe(standby.port);
      await opened.pop()!.destroy();
    } finally {
      for (const bouncer of bouncers) await bouncer.stop();
    }
  });

  it('may miss it without the option', async () => {
    const dataSource = await open({ readYourWrites: false });
    await ActorContext.run({ userId: 'somebody' }, async () => {
      const written = await ways[3]![1](dataSource);
      expect((await read(dataSource)).last).toBeLessThan(written);
    });
  });

  it('are on the replica for those who have not written, and again once it has replayed', async () => {
    const dataSource = await open();
    const asAnn = <T>(work: () => Promise<T>) => ActorContext.run({ userId: 'ann' }, work);
    const asBob = <T>(work: () => Promise<T>) => ActorContext.run({ userId: 'bob' }, work);
    const written = await asAnn(() => ways[0]![1](dataSource));
    expect((await asAnn(() => read(dataSource))).port).toBe(primary.port);
    expect((await asBob(() => read(dataSource))).port).toBe(standby.port);
    let port = primary.port;
    while (port === primary.port) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      const found = await asAnn(() => read(dataSource));
      expect(found.last).toBeGreaterThanOrEqual(written);
      port = found.port;
    }
    expect(port).toBe(standby.port);
  });

  describe.each(['cookie', 'header'] as const)('of a client that keeps a %s', (kind) => {
    const header = 'x-wrote';

    /** A process of the application. */
    const startApp = async (): Promise<TestApp> => {
      const database = { options: options(), beforeDrop: () => undefined };
      const app = await createTestApp(database as unknown as TestDatabase, {
        controllers: [WrittenController],
        configure: (nest) => {
          const dataSource = nest.get<DatabaseDataSource>(getDataSourceToken(), { strict: false });
          nest.use(readYourWrites(dataSource, { secret, ...(kind === 'header' && { header }) }));
        },
      });
      apps.push(app);
      return app;
    };

    it('see what another process wrote for it', async () => {
      const [one, other] = [await startApp(), await startApp()];
      const written = await one.request<{ id: number }>('POST', '/written');
      const headers: Record<string, string> =
        kind === 'cookie'
          ? { cookie: written.headers.get('set-cookie')!.split(';')[0]! }
          : { [header]: written.headers.get(header)! };
      const found = await other.request<Read>('GET', '/written', { headers });
      expect(found.body).toEqual({ last: written.body.id, port: primary.port });
      const stranger = await other.request<Read>('GET', '/written');
      expect(stranger.body.port).toBe(standby.port);
      const [name] = Object.keys(headers) as [string];
      const forged = await other.request<Read>('GET', '/written', {
        headers: { [name]: headers[name]!.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A')) },
      });
      expect(forged.body.port).toBe(standby.port);
      expect(found.headers.get(header) ?? found.headers.get('set-cookie')).toBeNull();
    });
  });

  it('need a secret of some length', async () => {
    const dataSource = await open();
    expect(() => readYourWrites(dataSource, { secret: 'short' })).toThrow('at least 16 characters');
  });
});
