import type { BeforeQueryEvent, EntitySubscriberInterface } from 'typeorm';
import type { DatabaseConfig } from '../../config/database.config.js';
import type { DatabaseClient } from '../../driver/database.client.js';
import type { DatabaseQueryRunner } from '../database.query-runner.js';
import {
  canJoinTransaction,
  configuresTransaction,
  endsTransaction,
  mayChangeSettings,
  mayEndTransactionLater,
} from '../../driver/statement-kinds.js';
import {
  attributionStatement,
  visibilityStatement,
  type AttributionStatement,
} from './attribution-statement.js';
import { currentAttribution, type Attribution } from '../../actor/actor-context.js';

/** The attribution of a connection when a rollback or a statement may have changed its settings. */
const uncertain = Symbol('uncertain');

/** The statements that tell who writes, for one kind of connection. */
interface Statements {
  /** In milliseconds; 0 for none. */
  readonly statementTimeout: number;
  /** Before a write that is a transaction by itself. */
  readonly ofLoneWrite: AttributionStatement;
  /** Before a read outside any transaction; undefined when it needs none. */
  readonly ofLoneRead: AttributionStatement | undefined;
  /** Before the first statement of a transaction of several. */
  readonly ofBeginning: AttributionStatement;
  /** Before the first statement of another actor. */
  readonly ofChange: AttributionStatement;
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

  private readonly usual: Statements;
  /** For migrations, which need the privileges of the login and the rows of all tenants. */
  private readonly unrestricted: Statements;
  private readonly ofMigrations: Statements;

  constructor(config: DatabaseConfig) {
    const { timeouts } = config;
    const ofMigrations = { ...timeouts, statement: 0, lock: timeouts.migrationLock };
    this.usual = statements(config, config.tenancy);
    this.unrestricted = statements(config, undefined);
    this.ofMigrations = statements({ ...config, timeouts: ofMigrations }, undefined);
  }

  beforeQuery({ query, queryRunner }: Pick<BeforeQueryEvent, 'query' | 'queryRunner'>): void {
    const { writesByItself } = queryRunner as DatabaseQueryRunner;
    const client = (queryRunner as DatabaseQueryRunner).client!;
    const statements = this.statementsFor(queryRunner as DatabaseQueryRunner);
    const status = client.getTransactionStatus();
    const isOpen = status === 'T' || status === 'E';
    if (!isOpen || client.isBeginning) this.sent.delete(client);
    if (!isOpen) {
      if (query.includes('statement_timeout')) client.sessionTimeout = 0;
      client.statementTimeout = writesByItself
        ? statements.statementTimeout
        : client.sessionTimeout;
      const lead = writesByItself ? statements.ofLoneWrite : statements.ofLoneRead;
      if (lead !== undefined && canJoinTransaction(query))
        client.sendWithNext(lead(currentAttribution()));
    } else if (endsTransaction(query)) {
      this.sent.set(client, uncertain);
    } else if (status === 'T' && !configuresTransaction(query)) {
      this.send(client, currentAttribution(), statements);
      if (mayEndTransactionLater(query) || mayChangeSettings(query)) {
        this.sent.set(client, uncertain);
        client.statementTimeout = 0;
      }
    }
  }

  private statementsFor({ isUnrestricted, hasMigrationTimeouts }: DatabaseQueryRunner): Statements {
    if (!isUnrestricted) return this.usual;
    return hasMigrationTimeouts ? this.ofMigrations : this.unrestricted;
  }

  private send(
    client: DatabaseClient,
    attribution: Attribution | undefined,
    statements: Statements,
  ): void {
    const isBeginning = !this.sent.has(client);
    if (!isBeginning && this.sent.get(client) === attribution) return;
    // If the statement fails, the transaction has failed, and sends nothing until it is rolled back. The
    // timeouts are sent only at the beginning: code in the transaction may have set its own since.
    const { ofBeginning, ofChange } = statements;
    client.sendWithNext((isBeginning ? ofBeginning : ofChange)(attribution));
    if (isBeginning) client.statementTimeout = statements.statementTimeout;
    this.sent.set(client, attribution);
  }
}

/** @param tenancy undefined when the rows are not restricted */
function statements(
  { unattributedWrites, timeouts }: DatabaseConfig,
  tenancy: DatabaseConfig['tenancy'],
): Statements {
  const role: Record<string, string> = tenancy?.role === undefined ? {} : { role: tenancy.role };
  const settings = {
    statement_timeout: String(timeouts.statement),
    lock_timeout: String(timeouts.lock),
    // `allow` is not sent: a database that is set to reject must keep rejecting.
    ...(unattributedWrites === 'reject' ? { 'app.unattributed_writes': 'reject' } : {}),
    ...role,
  };
  const sendsTenants = tenancy !== undefined;
  return {
    statementTimeout: timeouts.statement,
    ofLoneWrite: attributionStatement({ settings, sendsTenants, mayReplace: false }),
    ofLoneRead: tenancy && visibilityStatement(tenancy.role),
    ofBeginning: attributionStatement({
      settings: {
        ...settings,
        idle_in_transaction_session_timeout: String(timeouts.idleInTransaction),
      },
      sendsTenants,
      mayReplace: false,
    }),
    ofChange: attributionStatement({ settings: role, sendsTenants, mayReplace: true }),
  };
}
