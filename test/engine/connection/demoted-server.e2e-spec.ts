import { connect as connectSocket, createServer, type AddressInfo, type Server } from 'node:net';
import { once } from 'node:events';
import type { DatabaseDataSource } from '@singr/database';
import { areClustersPossible, Cluster } from '../../support/cluster.js';
import { dataSourceFor } from '../../support/data-source.js';
import { isEmbedded } from '../../support/database.js';

const suite = areClustersPossible && !isEmbedded ? describe : describe.skip;

/** An address that leads to one server, and later to another, as a name does in a failover. */
class MovableAddress {
  private readonly server: Server;

  constructor(public target: number) {
    this.server = createServer((socket) => {
      const onward = connectSocket(this.target, '127.0.0.1');
      for (const end of [socket, onward]) end.on('error', () => undefined);
      socket.pipe(onward).pipe(socket);
    });
  }

  async listen(): Promise<string> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    const { port } = this.server.address() as AddressInfo;
    return `postgres://postgres@127.0.0.1:${port}/postgres`;
  }

  close(): void {
    this.server.close();
  }
}

suite('an address that still leads to a server which takes no writes', () => {
  let primary: Cluster;
  let standby: Cluster;
  let address: MovableAddress;
  let dataSource: DatabaseDataSource;

  beforeAll(async () => {
    primary = await Cluster.start();
    primary.run('CREATE TABLE written (id int PRIMARY KEY)');
    standby = await Cluster.start({ standbyOf: primary });
    address = new MovableAddress(standby.port);
    dataSource = dataSourceFor({ url: await address.listen(), poolSize: 2, connectAttempts: 1 });
    await dataSource.initialize();
  }, 60_000);

  afterAll(async () => {
    await dataSource.destroy();
    address.close();
    for (const cluster of [standby, primary]) await cluster.remove();
  });

  const write = (id: number) => dataSource.query('INSERT INTO written VALUES ($1)', [id]);

  it('fails each write, and keeps no connection', async () => {
    await expect(write(1)).rejects.toMatchObject({ code: '25006' });
    await expect(
      dataSource.transaction((manager) => manager.query('INSERT INTO written VALUES (1)')),
    ).rejects.toMatchObject({ code: '25006' });
    await expect(Promise.all([write(1), write(2), write(3)])).rejects.toMatchObject({
      code: '25006',
    });
  });

  it.each(['WITH one AS (SELECT 1 AS n) SELECT n FROM one', 'VALUES (1)', 'SAVEPOINT here'])(
    'answers what only reads in a transaction: %s',
    async (sql) => {
      const reader = dataSource.createQueryRunner();
      await reader.startTransaction('REPEATABLE READ');
      await reader.query(sql);
      await reader.commitTransaction();
      await reader.release();
    },
  );

  it('serves writes as soon as it leads to the primary', async () => {
    await dataSource.query('SELECT 1');
    address.target = primary.port;
    await write(1).catch(() => undefined);
    await Promise.all([write(2), write(3), write(4)]);
    expect(primary.run('SELECT count(*) FROM written WHERE id > 1')).toBe('3');
  });

  it('a failure in a transaction is that of the server, and the transaction ends', async () => {
    address.target = standby.port;
    const readOnly = dataSource.createQueryRunner();
    await readOnly.query('START TRANSACTION READ ONLY');
    await expect(readOnly.query('INSERT INTO written VALUES (5)')).rejects.toMatchObject({
      code: '25006',
    });
    await readOnly.query('ROLLBACK');
    await readOnly.release();
    expect(primary.run('SELECT count(*) FROM written WHERE id = 5')).toBe('0');
  });
});
