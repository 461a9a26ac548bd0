import type { BeforeQueryEvent, EntitySubscriberInterface } from 'typeorm';
import type { DatabaseConfig } from '../../config/database.config.js';
import type { DatabaseClient } from '../../driver/database.client.js';
import type { DatabaseQueryRunner } from '../database.query-runner.js';
import {
  configuresTransaction,
  endsTransaction,
  mayChangeSettings,
  mayEndTransactionLater,
} from '../../driver/statement-kinds.js';
import { attributionStatement, type AttributionStatement } from './attribution-statement.js';
import { currentAttribution, type Attribution } from '../../actor/actor-context.js';

/** The attribution of a connection when a rollback or a statement may have changed its settings. */
const uncertain = Symbol('uncertain');

/** The first statement of a transaction, for a transaction of one statement or of several. */
interface Openings {
  readonly ofLoneWrite: AttributionStatement;
  readonly ofBeginning: AttributionStatement;
}

/**
 * Tells PostgreSQL who is writing, in every transaction that TypeORM opens: before the first statement of the
 * transaction, and again before the first statement of another actor. The settings are sent together with
 * that statement, without a round trip of their own.
 *
 * The settings are transaction-local, so that nothing stays on a pooled connection. Every query runner of the
 * data source calls this, whether `save()`, `transaction()` or the application's own query runner opened the
 * transaction. The application's subscribers are called first, as they may run queries themselves.
 */
export class AttributionSubscriber implements EntitySubscriberInterface {
  /** The last attribution that was sent in the open transaction of each connection. */
  private readonly sent = new WeakMap<DatabaseClient, Attribution | undefined | typeof uncertain>();

  private readonly usual: Openings;
  private readonly ofMigrations: Openings;
  private readonly ofChange = attributionStatement({ mayReplace: true });

  constructor(config: DatabaseConfig) {
    this.usual = openings(config, config.timeouts);
    this.ofMigrations = openings(config, {
      ...config.timeouts,
      statement: 0,
      lock: config.timeouts.migrationLock,
    });
  }

  beforeQuery({ query, queryRunner }: Pick<BeforeQueryEvent, 'query' | 'queryRunner'>): void {
    const { hasMigrationTimeouts, writesByItself } = queryRunner as DatabaseQueryRunner;
    const client = (queryRunner as DatabaseQueryRunner).client!;
    const opening = hasMigrationTimeouts ? this.ofMigrations : this.usual;
    const status = client.getTransactionStatus();
    const isOpen = status === 'T' || status === 'E';
    if (!isOpen || client.isBeginning) this.sent.delete(client);
    if (!isOpen) {
      if (writesByItself) client.sendWithNext(opening.ofLoneWrite(currentAttribution()));
    } else if (endsTransaction(query)) {
      this.sent.set(client, uncertain);
    } else if (status === 'T' && !configuresTransaction(query)) {
      this.send(client, currentAttribution(), opening);
      if (mayEndTransactionLater(query) || mayChangeSettings(query)) {
        this.sent.set(client, uncertain);
      }
    }
  }

  private send(
    client: DatabaseClient,
    attribution: Attribution | undefined,
    opening: Openings,
  ): void {
    const isBeginning = !this.sent.has(client);
    if (!isBeginning && this.sent.get(client) === attribution) return;
    // If the statement fails, the transaction has failed, and sends nothing until it is rolled back. The
    // timeouts are sent only at the beginning: code in the transaction may have set its own since.
    client.sendWithNext((isBeginning ? opening.ofBeginning : this.ofChange)(attribution));
    this.sent.set(client, attribution);
  }
}

function openings(
  { unattributedWrites }: DatabaseConfig,
  timeouts: DatabaseConfig['timeouts'],
): Openings {
  const settings = {
    statement_timeout: String(timeouts.statement),
    lock_timeout: String(timeouts.lock),
    // `allow` is not sent: a database that is set to reject must keep rejecting.
    ...(unattributedWrites === 'reject' ? { 'app.unattributed_writes': 'reject' } : {}),
  };
  return {
    ofLoneWrite: attributionStatement({ settings, mayReplace: false }),
    ofBeginning: attributionStatement({
      settings: {
        ...settings,
        idle_in_transaction_session_timeout: String(timeouts.idleInTransaction),
      },
      mayReplace: false,
    }),
  };
}
