import type { Actor, Subject } from '../../actor/actor.js';
import type { JsonObject, JsonValue } from '../../common/json.js';
import type { AuditedTarget, RecordKey } from '../audited-table.js';
import type { Moment } from '../moment.js';
import type { TenantFilter } from '../tenant-entries.js';

/**
 * The value of a column in an image. Values of `bigint` and `numeric` are numbers or their digits, and times with
 * a zone are a `Date` or the text of the image.
 */
export type ColumnValue = JsonValue | Date | bigint;

/** A table, or some rows of it, whose entries may be returned. */
export interface HistoryScope {
  /** An entity class, a table's name, or the subject of an application's own entries. */
  readonly table: AuditedTarget;
  /**
   * Only rows with one of these values in each column, by property or column name. An entry is returned if its row
   * has them before and after the change, where it exists. Entries without a row are not returned. Default: all
   * entries of the table.
   */
  readonly where?: Readonly<Record<string, ScopeValue | readonly ScopeValue[]>>;
}

export type ScopeValue = string | number | bigint | boolean;

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
  /** An actor, or several: entries of any of them. With `onBehalfOf`, only what it did for that user. */
  actor?: Actor | readonly Actor[];
  /** The user on whose behalf others acted. */
  onBehalfOf?: Subject;
  /** The whole reason, as it was given; or a text that it contains, in upper or lower case. */
  reason?: string | { readonly contains: string };
  /** Details that the entry's context has, such as `{ ticket: '4711' }`. */
  context?: Readonly<JsonObject>;
  /**
   * A column, or several, by property or column name: entries that changed any of them, as their `changes` list
   * it. Needs `entity` or `table`, and so do `before` and `after`.
   */
  changed?: string | readonly string[];
  /** Values before the change, by property or column name: entries that changed each column from its value. */
  before?: Readonly<Record<string, ColumnValue>>;
  /** Values after the change: entries that changed each column to its value. */
  after?: Readonly<Record<string, ColumnValue>>;
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
  /** The entries with these sequences. An empty list matches no entry. */
  sequences?: readonly string[];
  /**
   * The only tables, and the only rows of them, whose entries may be returned: what somebody may read. An empty
   * list matches no entry.
   */
  within?: readonly HistoryScope[];
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
