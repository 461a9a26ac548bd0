import type { Actor } from '../../actor/actor.js';
import type { AuditedTarget, RecordKey } from '../audited-table.js';
import type { Moment } from '../moment.js';
import type { TenantFilter } from '../tenant-entries.js';

/**
 * The conditions for the entries to read, which are combined with AND. Without any, all entries are read. A
 * condition that is undefined or null is refused.
 */
export interface HistoryQuery {
  /** An entity class or a table's name. */
  entity?: AuditedTarget;
  /** A table's name, in place of `entity`. */
  table?: string;
  /** The primary key of a record of that table. */
  id?: RecordKey;
  actor?: Actor;
  requestId?: string;
  /**
   * PostgreSQL's transaction id. If the database was restored into a new server, two transactions may have
   * the same id. Their times, in `at`, tell them apart, and so do `from` and `until`.
   */
  transactionId?: string;
  /**
   * The tenant of the changed rows, or several. Default: those that the caller is bound to, else the entries of
   * all tenants and of global tables.
   */
  tenant?: TenantFilter;
  operations?: readonly string[];
  /** Entries at this time or later. */
  from?: Moment;
  /** Entries before this time. */
  until?: Moment;
  /** Default: `newest`, the newest entry first. */
  order?: 'newest' | 'oldest';
  /** Entries on a page, 1 to 500. Default: 50. */
  limit?: number;
  /** The `nextCursor` of the previous page. */
  cursor?: string;
}
