import type { BeforeQueryEvent, EntitySubscriberInterface } from 'typeorm';
import type { DatabaseConfig } from '../config/database.config.js';
import type { DatabaseClient } from '../connection/database.client.js';
import type { DatabaseQueryRunner } from '../connection/database.query-runner.js';
import {
  configuresTransaction,
  endsTransaction,
  mayChangeSettings,
  mayEndTransactionLater,
} from '../connection/statement.js';
import { attributionStatement, type AttributionStatement } from './attribution-statement.js';
import { currentAttribution, type Attribution } from './actor-context.js';

/** The state of a connection that was told something which may have been undone since. */
const uncertain = Symbol('uncertain');

/** What a transaction is told first, of one statement or of several. */
interface Openings {
  readonly ofLoneWrite: AttributionStatement;
  readonly ofBeginning: AttributionStatement;
}

/**
 * Tells PostgreSQL who is writing, on every transaction that TypeORM opens: before a transaction's
 * first statement, and again before the first statement of another actor. It travels with that statement.
 *
 * The settings are transaction-local, so that nothing stays on a pooled connection. Every query runner of the
 * data source calls it, whatever opens the transaction: `save()`, `transaction()`, or a query runner in the
 * application's own code. It comes after the application's subscribers, which may query themselves.
 */
export class AttributionSubscriber implements EntitySubscriberInterface {
  /** What each connection's open transaction was last told. */
  private readonly told = new WeakMap<DatabaseClient, Attribution | undefined | typeof uncertain>();

  private readonly inTime: Openings;
  private readonly atLeisure: Openings;
  private readonly ofChange = attributionStatement();

  constructor(config: DatabaseConfig) {
    this.inTime = openings(config, config.timeouts);
    this.atLeisure = openings(config, { ...config.timeouts, statement: 0, lock: 0 });
  }

  beforeQuery({ query, queryRunner }: Pick<BeforeQueryEvent, 'query' | 'queryRunner'>): void {
    const { takesItsTime, writesByItself } = queryRunner as DatabaseQueryRunner;
    const client = (queryRunner as DatabaseQueryRunner).client!;
    const opening = takesItsTime ? this.atLeisure : this.inTime;
    const status = client.getTransactionStatus();
    const isOpen = status === 'T' || status === 'E';
    if (!isOpen || client.isBeginning) this.told.delete(client);
    if (!isOpen) {
      if (writesByItself) client.sendWithNext(opening.ofLoneWrite(currentAttribution()));
    } else if (endsTransaction(query)) {
      this.told.set(client, uncertain);
    } else if (status === 'T' && !configuresTransaction(query)) {
      this.tell(client, currentAttribution(), opening);
      if (mayEndTransactionLater(query) || mayChangeSettings(query)) {
        this.told.set(client, uncertain);
      }
    }
  }

  private tell(
    client: DatabaseClient,
    attribution: Attribution | undefined,
    opening: Openings,
  ): void {
    const isBeginning = !this.told.has(client);
    if (!isBeginning && this.told.get(client) === attribution) return;
    // Should it fail, the transaction has failed, and has to fall back before it is told anything again. The
    // limits are told once: code in the transaction may have set its own since.
    client.sendWithNext((isBeginning ? opening.ofBeginning : this.ofChange)(attribution));
    this.told.set(client, attribution);
  }
}

function openings(
  { unattributedWrites }: DatabaseConfig,
  timeouts: DatabaseConfig['timeouts'],
): Openings {
  const settings = {
    statement_timeout: String(timeouts.statement),
    lock_timeout: String(timeouts.lock),
    // Only ever tightened: a database that rejects by itself goes on to do so.
    ...(unattributedWrites === 'reject' ? { 'app.unattributed_writes': 'reject' } : {}),
  };
  return {
    ofLoneWrite: attributionStatement(settings),
    ofBeginning: attributionStatement({
      ...settings,
      idle_in_transaction_session_timeout: String(timeouts.idleInTransaction),
    }),
  };
}
