import type { Actor } from '../../actor/actor.js';
import type { AuditedTarget, RecordKey } from '../audited-table.js';

/**
 * Which entries of the trail to read. Conditions add up; without any, all of it. One that is there and
 * undefined or null is refused.
 */
export interface HistoryQuery {
  /** An entity class or a table's name. */
  entity?: AuditedTarget;
  /** The same as `entity`, for a table without one. */
  table?: string;
  /** A record of that table. */
  id?: RecordKey;
  actor?: Actor;
  requestId?: string;
  /**
   * Of a database that was restored into a new server two transactions may have one id: their times, in
   * `at`, tell them apart, as do `from` and `until`.
   */
  transactionId?: string;
  operations?: readonly string[];
  /** Entries at this time or later. */
  from?: Date | string;
  /** Entries before this time. */
  until?: Date | string;
  /** Default: `newest`, the newest entry first. */
  order?: 'newest' | 'oldest';
  /** Entries on a page, 1 to 500. Default: 50. */
  limit?: number;
  /** `nextCursor` of the page before. */
  cursor?: string;
}
