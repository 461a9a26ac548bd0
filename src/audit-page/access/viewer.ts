import { HttpStatus, Inject, Injectable } from '@nestjs/common';
import { boundTenants } from '../../engine/audit/tenant-entries.js';
import { AuditedTables } from '../../engine/audit/audited-tables.js';
import type { HistoryQuery, HistoryScope } from '../../engine/audit/history/history-query.js';
import { refusal } from '../common/refusal.js';
import {
  AUDIT_PAGE_OPTIONS,
  type AuditAccess,
  type AuditPageOptions,
  type ReadableRecords,
} from '../common/options.js';

/** The rows of a table that a viewer may read: all, or those that one of the conditions fits. */
export type Readable = 'all' | readonly NonNullable<HistoryScope['where']>[];

/** What the viewer of a request may read and do. */
export class Viewer {
  constructor(
    /** The rules by table; undefined for everything. */
    private readonly rules: ReadonlyMap<string, Readable> | undefined,
    readonly mayUndo: boolean,
    /** Undefined for all tenants. */
    readonly tenants: readonly string[] | undefined,
  ) {}

  /** Whether the viewer may read everything that there is. */
  get readsEverything(): boolean {
    return this.rules === undefined && this.tenants === undefined;
  }

  /** What the viewer may read of a table; undefined for nothing. */
  of(table: string): Readable | undefined {
    return this.rules === undefined ? 'all' : this.rules.get(table);
  }

  /** Whether the viewer may read all rows of a table, of every tenant. */
  readsAllOf(table: string): boolean {
    return this.tenants === undefined && this.of(table) === 'all';
  }

  /** The conditions of every history query of the viewer. */
  get scope(): Pick<HistoryQuery, 'within' | 'tenant'> {
    return {
      ...(this.rules === undefined ? {} : { within: [...this.rules].flatMap(scopesOf) }),
      ...(this.tenants === undefined ? {} : { tenant: this.tenants }),
    };
  }
}

function scopesOf([table, rows]: [string, Readable]): HistoryScope[] {
  return rows === 'all' ? [{ table }] : rows.map((where) => ({ table, where }));
}

/** Finds out what the viewer of a request may read and do. */
@Injectable()
export class Viewers {
  constructor(
    @Inject(AUDIT_PAGE_OPTIONS) private readonly options: AuditPageOptions,
    @Inject(AuditedTables) private readonly tables: AuditedTables,
  ) {}

  /** @throws HttpException 403 unless the application allows something */
  async of(request: unknown): Promise<Viewer> {
    const access = await this.options.can(request);
    if (!access || !isAllowing(access)) {
      throw refusal(
        HttpStatus.FORBIDDEN,
        'AUDIT_ACCESS_DENIED',
        'You may not read the audit trail.',
      );
    }
    const tenants = typeof access.tenant === 'string' ? [access.tenant] : access.tenant;
    // `null` is what a missing value of a database is: it must not mean all tenants.
    if (tenants === null) throw new TypeError('can() returned null as the tenant.');
    return new Viewer(
      access.read === true ? undefined : this.rulesOf(access.read),
      access.undo === true,
      tenants ?? boundTenants(),
    );
  }

  private rulesOf(given: readonly ReadableRecords[]): Map<string, Readable> {
    const rules = new Map<string, Readable>();
    for (const records of given) {
      const { table, where } = isScope(records) ? records : { table: records, where: undefined };
      // A condition that the application could not make must not become none.
      if (isScope(records) && 'where' in records && Object.keys(where ?? {}).length === 0) {
        throw new TypeError('can() returned a table with an empty "where".');
      }
      const name = this.tables.nameOf(table);
      const former = rules.get(name) ?? [];
      rules.set(name, where === undefined || former === 'all' ? 'all' : [...former, where]);
    }
    return rules;
  }
}

function isAllowing({ read }: AuditAccess): boolean {
  return read === true || (Array.isArray(read) && read.length > 0);
}

function isScope(records: ReadableRecords): records is HistoryScope {
  return typeof records === 'object' && records !== null && 'table' in records;
}
