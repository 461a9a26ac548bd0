import { Inject, Injectable } from '@nestjs/common';
import { getDataSourceToken } from '@nestjs/typeorm';
import { auditedOptionsOf } from '../../common/audited.decorator.js';
import { sensitivePropertiesOf } from '../../common/sensitive.decorator.js';
import type { DatabaseDataSource } from '../../connection/database.data-source.js';
import { entityOfTable, nameOfEntity } from '../audited-table.js';
import * as checks from './checks.js';

/** Something about the trail that is not as it must be, and how to mend it. */
export interface AuditProblem {
  readonly subject: string;
  readonly problem: string;
  readonly remedy: string;
}

export interface VerifyOptions {
  /**
   * Tables of `public` that need no audit, besides `audit_logs`, TypeORM's own, those of the
   * application's entities without `@Audited()`, and the option `otherTables`.
   */
  exempt?: readonly string[];
}

/** What no trigger need watch: the trail itself, and TypeORM's own tables. */
const alwaysExempt = ['audit_logs', 'migrations', 'typeorm_metadata'];

/** Looks for whatever would let a write go unrecorded, or a secret be recorded. */
@Injectable()
export class AuditVerifier {
  constructor(@Inject(getDataSourceToken()) private readonly database: DatabaseDataSource) {}

  /** The problems found; none when all is well. */
  async verify({ exempt = [] }: VerifyOptions = {}): Promise<AuditProblem[]> {
    const exempted = [...alwaysExempt, ...exempt, ...this.hostTables()];
    const found = await Promise.all([
      this.read(checks.unwatchedTables, [exempted]),
      this.read(checks.faultyTriggers),
      this.read(checks.strayTriggers),
      this.read(checks.staleFunctions),
      this.read(checks.unpinnedFunctions),
      this.read(checks.unprotectedTrail),
      this.read(checks.disarmingSettings),
      this.read(checks.extraGrants),
      this.wrongRedactions(),
      this.unkeptPromises(),
    ]);
    return found.flat();
  }

  private read(sql: string, parameters?: unknown[]): Promise<AuditProblem[]> {
    return this.database.read<AuditProblem>(sql, parameters);
  }

  /** Tables of the application's own that nobody said are audited. */
  private hostTables(): string[] {
    const unaudited = this.database.hostEntities.filter(
      ({ target }) => auditedOptionsOf(target) === undefined,
    );
    return [...unaudited.map(nameOfEntity), ...this.database.config.host.otherTables];
  }

  /** Entities that say `@Audited()` of tables outside `public` that are not; those inside are looked for. */
  private async unkeptPromises(): Promise<AuditProblem[]> {
    const promised = this.database.hostEntities
      .filter(({ target }) => auditedOptionsOf(target) !== undefined)
      .map(nameOfEntity);
    return this.read(checks.unkeptPromises, [promised]);
  }

  /** The entities' `@Sensitive()` columns against those that the triggers redact. */
  private async wrongRedactions(): Promise<AuditProblem[]> {
    const rows = await this.database.read<{ name: string; redacted: string[] }>(
      'SELECT table_name AS name, redacted_columns AS redacted FROM audit.audited_tables',
    );
    return rows.flatMap(({ name, redacted }) => {
      const metadata = entityOfTable(this.database, name);
      if (metadata === undefined || typeof metadata.target !== 'function') return [];
      const sensitive = [...sensitivePropertiesOf(metadata.target)].map(
        (property) => metadata.findColumnWithPropertyName(property)!.databaseName,
      );
      if (sensitive.toSorted().join() === redacted.toSorted().join()) return [];
      const columns = sensitive.map((column) => `'${column}'`).join(', ');
      return {
        subject: name,
        problem: `redacts [${redacted.join(', ')}], and its entity marks [${sensitive.join(', ')}] as @Sensitive()`,
        remedy: `in a migration: SELECT audit.attach('${name}', ARRAY[${columns}]::text[])`,
      };
    });
  }
}
