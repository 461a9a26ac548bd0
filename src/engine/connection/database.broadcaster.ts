import type { QueryRunner } from 'typeorm';
import { Broadcaster } from 'typeorm/subscriber/Broadcaster.js';
import type { BroadcasterResult } from 'typeorm/subscriber/BroadcasterResult.js';
import type { DatabaseQueryRunner } from './database.query-runner.js';
import { inTurnOf, Turn } from './turn.js';

type Event = Parameters<Broadcaster['broadcast']>[0];

const nothingToDo = Promise.resolve();

/** Raises TypeORM's events of a connection. Subscribers may run statements on that connection. */
export class DatabaseBroadcaster extends Broadcaster {
  /** @param named the query runner in the events: that of the connection, or that of its transaction */
  constructor(
    private readonly connection: DatabaseQueryRunner,
    named: QueryRunner = connection,
  ) {
    super(named);
  }

  override broadcast(event: Event, ...details: any[]): Promise<void> {
    if (event === 'BeforeQuery') return this.broadcastQuery(details);
    // Entities have listeners of their own for the others.
    const isForSubscribers = /Transaction(?:Start|Commit|Rollback)$/.test(event);
    return isForSubscribers && !this.hasSubscribers
      ? nothingToDo
      : super.broadcast(event, ...(details as []));
  }

  private async broadcastQuery(details: any[]): Promise<void> {
    if (this.hasSubscribers) {
      await inTurnOf(this.connection, () =>
        super.broadcast('BeforeQuery', ...(details as [any, any])),
      );
    }
    // Last, right before the statement is sent: statements of subscribers may have changed the attribution.
    this.connection.attribute(details[0]);
  }

  override broadcastAfterQueryEvent(result: BroadcasterResult, ...details: any[]): void {
    if (!this.hasSubscribers) return;
    const turn = Turn.open(this.connection);
    turn.run(() =>
      super.broadcastAfterQueryEvent(result, ...(details as [any, any, any, any, any, any])),
    );
    void Promise.allSettled(result.promises).then(() => turn.close());
  }

  private get hasSubscribers(): boolean {
    return this.connection.dataSource.subscribers.length > 0;
  }
}
