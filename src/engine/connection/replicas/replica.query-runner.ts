import type { PostgresDriver } from 'typeorm/driver/postgres/PostgresDriver.js';
import type { ConnectingDataSource } from '../connecting.data-source.js';
import { DatabaseQueryRunner } from '../database.query-runner.js';
import type { Replica } from './replica.js';
import { textOfWalPosition } from './wal-position.js';

/** The replica has not replayed what the reader must see. */
export class ReplicaBehindError extends Error {}

/** A query runner on a connection to one replica. */
export class ReplicaQueryRunner extends DatabaseQueryRunner {
  constructor(
    database: ConnectingDataSource,
    readonly replica: Replica,
  ) {
    super(database, 'slave', driverOf(database.driver, replica));
  }

  /**
   * Asks with each statement, and before it, whether the server has replayed what the reader must see. The
   * address may lead to several servers, of which the checks of the replica see one.
   */
  protected override async run<T>(
    sql: string,
    parameters?: any[],
    useStructuredResult = false,
    isLoneWrite = false,
  ): Promise<T> {
    const required = this.database.readPositions?.required;
    if (required === undefined || this.client!.getTransactionStatus() !== 'I') {
      return await super.run<T>(sql, parameters, useStructuredResult, isLoneWrite);
    }
    let isThere = false;
    this.client!.sendWithNext({
      text: 'SELECT pg_catalog.pg_last_wal_replay_lsn() >= $1::pg_catalog.pg_lsn',
      values: [textOfWalPosition(required)],
      onRow: ([answer]) => (isThere = answer === 't'),
    });
    const result = await super.run<T>(sql, parameters, useStructuredResult, isLoneWrite);
    if (!isThere) throw new ReplicaBehindError();
    return result;
  }
}

/** TypeORM's driver, whose replica is this one. */
function driverOf(driver: PostgresDriver, replica: Replica): PostgresDriver {
  return Object.create(driver, {
    isReplicated: { value: true },
    obtainSlaveConnection: { value: () => replica.take() },
  }) as PostgresDriver;
}
