import { DatabaseError } from '../common/errors/database.error.js';

/** The table has no audit triggers. */
export class TableNotAuditedError extends DatabaseError {
  readonly code = 'TABLE_NOT_AUDITED';

  constructor(table: string) {
    super(
      `The table "${table}" is not audited. Use an audited table, or add the triggers in a migration: ` +
        `SELECT audit.attach('${table.replaceAll("'", "''")}').`,
    );
  }
}

/** The id does not fit the primary key of the table. */
export class InvalidRecordKeyError extends DatabaseError {
  readonly code = 'INVALID_RECORD_KEY';

  constructor(table: string, keys: readonly string[]) {
    super(
      keys.length === 1
        ? `The key of "${table}" is ${keys[0]}: pass it as a text.`
        : `The key of "${table}" has several columns: pass an object with ${keys.join(' and ')}.`,
    );
  }
}

/**
 * An image cannot be read as a row of its table: a value no longer fits its column, or was too large to be
 * kept.
 */
export class ImageUnreadableError extends DatabaseError {
  readonly code = 'IMAGE_UNREADABLE';

  constructor(
    table: string,
    readonly columns: readonly string[],
    reason: string,
  ) {
    super(
      `"${table}" as it was cannot be read as the entity of today: ${reason} (${columns.join(', ')}). ` +
        'Read the image: audit.imageAt(), or "audit show" on the command line.',
    );
  }
}

/** The role may not read the objects that verification compares. The role that owns the tables may. */
export class NotTheOwnerError extends DatabaseError {
  readonly code = 'NOT_THE_OWNER';

  constructor() {
    super(
      'Only the owner of the tables, who runs the migrations, can verify the trail. ' +
        'Set DATABASE_URL to that role for this command.',
    );
  }
}

/** The action of an entry is not in lower case with a dot, as actions of an application must be. */
export class InvalidActionError extends DatabaseError {
  readonly code = 'INVALID_AUDIT_ACTION';

  constructor() {
    super(
      'The action of an entry must be in lower case with a dot, such as "stripe.refund_created".',
    );
  }
}

/** A history query has an invalid value. */
export class InvalidHistoryQueryError extends DatabaseError {
  readonly code = 'INVALID_HISTORY_QUERY';
}

/** The entities do not tell which person their personal data belongs to. Nothing was erased. */
export class InvalidPersonalDataError extends DatabaseError {
  readonly code = 'INVALID_PERSONAL_DATA';

  constructor(problem: string) {
    super(
      `${problem}. Declare the owner of its rows: @PersonalRecord({ of: ['property'] }), or with namedBy.`,
    );
  }
}

/** The audit trail has no entry with the given sequence, transaction id or request id. */
export class AuditEntryNotFoundError extends DatabaseError {
  readonly code = 'AUDIT_ENTRY_NOT_FOUND';

  constructor(what: string) {
    super(`The audit trail has no entry of ${what}. It may have been pruned, or never existed.`);
  }
}

/** Entries that the call needs may have been pruned. */
export class HistoryPrunedError extends DatabaseError {
  readonly code = 'HISTORY_PRUNED';

  constructor(
    table: string,
    before: string,
    remedy = 'Ask for a later time, or restore a backup.',
  ) {
    super(`The history of "${table}" before ${before} has been pruned. ${remedy}`);
  }
}

/** A connection whose open transaction has used the audit trail. */
export interface TrailBlocker {
  /** The process id at the server, for `pg_terminate_backend()`. */
  readonly pid: number;
  /** Its `application_name`. */
  readonly application: string;
  /** The age of its transaction in seconds; null if this role may not read it. */
  readonly seconds: number | null;
}

/** Open transactions kept the maintenance of the trail from its locks. It can be run again later. */
export class TrailBusyError extends DatabaseError {
  readonly code = 'AUDIT_TRAIL_BUSY';

  constructor(
    readonly blockers: readonly TrailBlocker[],
    options?: { cause?: unknown },
  ) {
    super(
      'Open transactions use the audit trail, so its partitions cannot be changed now. ' +
        `${blockers.length === 0 ? 'They have ended meanwhile. ' : `They are of ${blockers.map(describeBlocker).join(', ')}. `}` +
        'Nobody waits for this meanwhile. Run it again later, or end them with SELECT pg_terminate_backend(pid).',
      options,
    );
  }
}

function describeBlocker({ pid, application, seconds }: TrailBlocker): string {
  const age = seconds === null ? '' : `, open for ${seconds} s`;
  return `pid ${pid} (${application === '' ? 'without a name' : `"${application}"`}${age})`;
}

/** The caller is bound to tenants, and asks for more than their rows and entries. Nothing was read or written. */
export class TenantMismatchError extends DatabaseError {
  readonly code = 'TENANT_MISMATCH';

  constructor(problem: string) {
    super(
      `${problem} The caller is bound to tenants by tenancy.resolve or TenantContext.run(). ` +
        "Ask for its own tenants, or let support staff do it, with TenantContext.run('all', …).",
    );
  }
}
