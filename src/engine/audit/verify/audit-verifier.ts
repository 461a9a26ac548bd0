import { Inject, Injectable } from '@nestjs/common';
import { getDataSourceToken } from '@nestjs/typeorm';
import { escapeLiteral } from 'pg';
import { auditedOptionsOf } from '../../decorators/audited.decorator.js';
import { incidentalColumnsOf } from '../../decorators/incidental.decorator.js';
import { sensitiveColumnsOf } from '../../decorators/sensitive.decorator.js';
import type { DatabaseDataSource } from '../../transaction/database.data-source.js';
import { nameOfEntity } from '../entity-of-table.js';
import { NotTheOwnerError } from '../errors.js';
import * as checks from './checks.js';
import * as tenantChecks from './tenant-checks.js';
import { wrongTenants } from './wrong-tenants.js';

/** A fault of the audit trail, and how to mend it. */
export interface AuditProblem {
  readonly subject: string;
  readonly problem: string;
  readonly remedy: string;
}

export interface VerifyOptions {
  /**
   * Tables of `public` that need no audit. Always exempt are `audit_logs`, TypeORM's own tables, the tables
   * of the application's entities without `@Audited()`, and those of the option `otherTables`.
   */
  exempt?: readonly string[];
}

/** Tables that need no audit triggers: the trail itself, and TypeORM's own tables. */
const alwaysExempt = ['audit_logs', 'migrations', 'typeorm_metadata'];

/**
 * Finds faults because of which a write would not be recorded, a secret would be, or a tenant would reach the rows
 * of another.
 */
@Injectable()
export class AuditVerifier {
  constructor(@Inject(getDataSourceToken()) private readonly database: DatabaseDataSource) {}

  /**
   * Returns the problems; empty if there are none.
   *
   * @throws NotTheOwnerError when the role may not read the objects that are compared
   */
  async verify(options: VerifyOptions = {}): Promise<AuditProblem[]> {
    try {
      return await this.findProblems(options);
    } catch (error) {
      throw (error as { code?: string }).code === '42501' ? new NotTheOwnerError() : error;
    }
  }

  private async findProblems({ exempt = [] }: VerifyOptions): Promise<AuditProblem[]> {
    const exempted = [...alwaysExempt, ...exempt, ...this.hostTables()];
    const found = await Promise.all([
      this.read(checks.unwatchedTables, [exempted]),
      this.read(checks.faultyTriggers),
      this.read(checks.strayTriggers),
      this.read(checks.staleFunctions),
      this.read(checks.unrecordable),
      this.read(checks.unpinnedFunctions),
      this.read(checks.unprotectedTrail),
      this.read(checks.disarmingSettings),
      this.read(checks.extraGrants),
      this.read(checks.missingGrants),
      this.read(checks.repeatedSequence),
      ...Object.values(tenantChecks).map((check) => this.read(check)),
      wrongTenants(this.database),
      this.wrongColumns(),
      this.unkeptPromises(),
    ]);
    return found.flat();
  }

  private read(sql: string, parameters?: unknown[]): Promise<AuditProblem[]> {
    return this.database.read<AuditProblem>(sql, parameters);
  }

  /**
   * The application's tables that need no audit: those of its entities without `@Audited()`, and
   * `otherTables`.
   */
  private hostTables(): string[] {
    const promised = new Set(this.promisedTables());
    const unaudited = this.database.hostEntities
      .map(nameOfEntity)
      .filter((name) => !promised.has(name));
    return [...unaudited, ...this.database.config.host.otherTables];
  }

  /**
   * The tables of the application's entities with `@Audited()`. With single-table inheritance, one class that
   * has it is enough.
   */
  private promisedTables(): string[] {
    return this.database.hostEntities
      .filter(({ target }) => auditedOptionsOf(target) !== undefined)
      .map(nameOfEntity);
  }

  /**
   * Entities with `@Audited()` whose tables are outside `public` and not audited. Those in `public` are found
   * as unwatched tables.
   */
  private async unkeptPromises(): Promise<AuditProblem[]> {
    return this.read(checks.unkeptPromises, [this.promisedTables()]);
  }

  /**
   * Compares the columns that entities mark `@Sensitive()` and `@Incidental()` with those that the triggers
   * were made for.
   */
  private async wrongColumns(): Promise<AuditProblem[]> {
    const rows = await this.database.read<AttachedTable>(
      `SELECT table_name AS name, redacted_columns AS redacted, incidental_columns AS incidental
       FROM audit.audited_tables`,
    );
    return rows.flatMap((attached) => {
      // Several classes may share a table.
      const metadatas = this.database.entityMetadatas.filter(
        (metadata) =>
          nameOfEntity(metadata) === attached.name && typeof metadata.target === 'function',
      );
      if (metadatas.length === 0) return [];
      return differencesOf(attached, {
        name: attached.name,
        redacted: [...new Set(metadatas.flatMap(sensitiveColumnsOf))],
        incidental: [...new Set(metadatas.flatMap(incidentalColumnsOf))],
      });
    });
  }
}

/** A table's columns with a meaning of their own to the trail. */
interface AttachedTable {
  readonly name: string;
  readonly redacted: readonly string[];
  readonly incidental: readonly string[];
}

function differencesOf(attached: AttachedTable, declared: AttachedTable): AuditProblem[] {
  const { name, redacted, incidental } = declared;
  const columns = incidental.length === 0 ? [redacted] : [redacted, incidental];
  const remedy = `in a migration: SELECT audit.attach('${name}', ${columns.map(array).join(', ')})`;
  const problems = [
    areSame(attached.redacted, redacted) ||
      `redacts [${attached.redacted.join(', ')}], and its entity marks [${redacted.join(', ')}] as @Sensitive()`,
    areSame(attached.incidental, incidental) ||
      `makes no entry for [${attached.incidental.join(', ')}] alone, and its entity marks [${incidental.join(', ')}] as @Incidental()`,
  ];
  return problems
    .filter((problem) => problem !== true)
    .map((problem) => ({ subject: name, problem, remedy }));
}

function areSame(columns: readonly string[], others: readonly string[]): boolean {
  return columns.toSorted().join() === others.toSorted().join();
}

function array(columns: readonly string[]): string {
  return `ARRAY[${columns.map((column) => escapeLiteral(column)).join(', ')}]::text[]`;
}
