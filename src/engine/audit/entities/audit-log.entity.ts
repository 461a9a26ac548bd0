import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { PrimaryUuidColumn } from '../../common/columns.js';
import type { JsonObject } from '../../common/json.js';

/**
 * An entry of the audit trail: who wrote what and when, with the row before and after.
 *
 * Triggers and functions of the schema `audit` write the entries. The application cannot change or delete
 * them. The table has no foreign keys, so its entries stay when a user or a record is deleted.
 */
@Entity('audit_logs')
@Index('idx_audit_logs_reason', ['reason', 'sequence'], { where: '"reason" IS NOT NULL' })
@Index('idx_audit_logs_table_record', ['tableName', 'recordId'])
@Index('idx_audit_logs_user_created_at', ['userId', 'createdAt'])
@Index('idx_audit_logs_user_key', ['userKey', 'createdAt'], { where: '"user_key" IS NOT NULL' })
@Index('idx_audit_logs_on_behalf_of', ['onBehalfOf', 'createdAt'], {
  where: '"on_behalf_of" IS NOT NULL',
})
@Index('idx_audit_logs_tenant', ['tenantId', 'sequence'], { where: 'tenant_id IS NOT NULL' })
@Index('idx_audit_logs_former_tenant', ['formerTenantId', 'sequence'], {
  where: 'former_tenant_id IS NOT NULL',
})
export class AuditLog {
  @PrimaryUuidColumn('audit_logs_id', 'audit_logs_pkey')
  id!: string;

  /** The table that was written to, such as `venues`. */
  @Column({ type: 'text', name: 'table_name', collation: 'C' })
  tableName!: string;

  /** The row's primary key; null for an entry that is not about a single row, such as a `TRUNCATE`. */
  @Column({ type: 'text', name: 'record_id', nullable: true, collation: 'C' })
  recordId!: string | null;

  /**
   * The user who made the change; null for a job, a migration, an unknown actor, or a user whose id is no
   * UUID.
   */
  @Column('uuid', { name: 'user_id', nullable: true })
  userId!: string | null;

  /** The user who made the change, if the application's users have other ids than UUIDs. */
  @Column({ type: 'text', name: 'user_key', nullable: true, collation: 'C' })
  userKey!: string | null;

  /**
   * `INSERT`, `UPDATE`, `DELETE` or `TRUNCATE` from a trigger, `PRUNE` or `ERASE` from the maintenance of the
   * trail, or the action of an application's own entry.
   */
  @Column('text')
  operation!: string;

  /**
   * The row before the change, by column name. Null for an `INSERT`, and for an `UPDATE` that gave the row
   * this primary key. Sensitive columns are redacted.
   */
  @Column('jsonb', { name: 'old_data', nullable: true })
  oldData!: JsonObject | null;

  /**
   * The row after the change, by column name. Null for a `DELETE`, and for an `UPDATE` that took this primary
   * key away. Sensitive columns are redacted.
   */
  @Column('jsonb', { name: 'new_data', nullable: true })
  newData!: JsonObject | null;

  /**
   * The time when the transaction began. All entries of a transaction share it; `sequence` orders them. The
   * table is partitioned by this column, so it is part of the primary key.
   */
  // A BRIN index that includes transaction_id, which TypeORM cannot create.
  @Index('idx_audit_logs_created_at', { synchronize: false })
  @PrimaryColumn({
    type: 'timestamptz',
    name: 'created_at',
    precision: 6,
    default: () => 'now()',
    primaryKeyConstraintName: 'audit_logs_pkey',
  })
  createdAt!: Date;

  /** The order of writing, as a decimal string. Compare as numbers, not as text. */
  @Index('idx_audit_logs_sequence')
  @Column({ type: 'bigint', name: 'sequence', generated: 'identity', generatedIdentity: 'ALWAYS' })
  sequence!: string;

  /** PostgreSQL's id of the transaction, as a decimal string. Entries that were written together share it. */
  @Column('bigint', { name: 'transaction_id' })
  transactionId!: string;

  /** The columns that an `UPDATE` changed, including redacted ones. */
  @Column('text', { name: 'changed_columns', array: true, nullable: true })
  changedColumns!: string[] | null;

  /** The name of an actor who is not a user, such as a job. */
  @Column('text', { name: 'actor_name', nullable: true })
  actorName!: string | null;

  /**
   * The id of the user on whose behalf the change was made, as by support staff for a customer; null if the
   * actor acted for itself.
   */
  @Column({ type: 'text', name: 'on_behalf_of', nullable: true, collation: 'C' })
  onBehalfOf!: string | null;

  /** Why the change was made, as the application said. */
  @Column({ type: 'text', nullable: true, collation: 'C' })
  reason!: string | null;

  /** What the application said besides the reason, such as `{ "ticket": "4711" }`. */
  @Column('jsonb', { nullable: true })
  context!: JsonObject | null;

  /** The id of the HTTP request that made the change. */
  @Index('idx_audit_logs_request', { where: 'request_id IS NOT NULL' })
  @Column('text', { name: 'request_id', nullable: true })
  requestId!: string | null;

  /** The route of that request, such as `POST /venues`. */
  @Column('text', { nullable: true })
  route!: string | null;

  /** The PostgreSQL role that was logged in. */
  @Column('text', { name: 'database_role' })
  databaseRole!: string;

  /** The `sequence` of the entry that this one undid, as a decimal string; null for other writes. */
  @Column('bigint', { nullable: true })
  undoes!: string | null;

  /** The tenant that the row belongs to; null for a row that is global. */
  @Column({ type: 'text', name: 'tenant_id', nullable: true, collation: 'C' })
  tenantId!: string | null;

  /** The tenant that the row belonged to before, when an `UPDATE` moved it to another one. */
  @Column({ type: 'text', name: 'former_tenant_id', nullable: true, collation: 'C' })
  formerTenantId!: string | null;
}
