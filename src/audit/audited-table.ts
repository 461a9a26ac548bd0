import { createHash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { getDataSourceToken } from '@nestjs/typeorm';
import type { EntityMetadata, EntityTarget, ObjectLiteral } from 'typeorm';
import type { DatabaseDataSource } from '../connection/database.data-source.js';
import { InvalidRecordKeyError, TableNotAuditedError } from './errors.js';

/** A record's primary key: the bare value, or an object by property or column names. */
export type RecordKey = string | Readonly<Record<string, unknown>>;

/** What an audited table is called here: its entity class, or its name. */
export type AuditedTarget = EntityTarget<ObjectLiteral> | string;

/** A table of the trail, as its triggers know it. */
export interface AuditedTable {
  /** As `audit_logs.table_name` has it. */
  readonly name: string;
  /** Quoted, with its schema. */
  readonly relation: string;
  readonly keyColumns: readonly string[];
  readonly redactedColumns: readonly string[];
  /** The columns that a statement may write: not the generated ones. */
  readonly writableColumns: readonly string[];
  /** Columns whose JSON numbers stand for decimal strings. */
  readonly bigintColumns: readonly string[];
  readonly requiredColumns: readonly string[];
}

/** Looks audited tables up in the database, once each. */
@Injectable()
export class AuditedTables {
  private readonly known = new Map<string, Promise<AuditedTable>>();

  constructor(@Inject(getDataSourceToken()) private readonly database: DatabaseDataSource) {}

  /** @throws TableNotAuditedError */
  find(target: AuditedTarget): Promise<AuditedTable> {
    const name = this.nameOf(target);
    let table = this.known.get(name);
    if (table === undefined) {
      table = this.load(name);
      this.known.set(name, table);
      // A table that is attached later must be found then.
      table.catch(() => this.known.delete(name));
    }
    return table;
  }

  /**
   * A key as `audit_logs.record_id` has it.
   *
   * @throws InvalidRecordKeyError when the key is not this table's
   */
  recordId(table: AuditedTable, key: RecordKey): string {
    const parts = this.parts(table, key).map(([column, value]) => [
      column,
      table.redactedColumns.includes(column) ? digest(value) : value,
    ]);
    if (parts.length === 1) return parts[0]![1]!;
    // jsonb orders an object's members by length, then by bytes, and writes a space after each mark.
    const sorted = parts.toSorted(
      ([a], [b]) => a!.length - b!.length || Buffer.compare(Buffer.from(a!), Buffer.from(b!)),
    );
    return `{${sorted.map(([column, value]) => `${JSON.stringify(column)}: ${JSON.stringify(value)}`).join(', ')}}`;
  }

  private parts(table: AuditedTable, key: RecordKey): [column: string, value: string][] {
    if (typeof key === 'string' && table.keyColumns.length === 1) {
      return [[table.keyColumns[0]!, key]];
    }
    const given = typeof key === 'string' ? parseObject(key) : key;
    const metadata = this.metadataOf(table.name);
    return table.keyColumns.map((column) => {
      const property = metadata?.findColumnWithDatabaseName(column)?.propertyName ?? column;
      const value = given?.[property] ?? given?.[column];
      if (value === undefined || value === null || typeof value === 'object') {
        throw new InvalidRecordKeyError(table.name, table.keyColumns);
      }
      return [column, String(value)];
    });
  }

  private nameOf(target: AuditedTarget): string {
    if (typeof target !== 'string' && this.database.hasMetadata(target)) {
      const { schema, tableName } = this.database.getMetadata(target);
      return schema === undefined || schema === 'public' ? tableName : `${schema}.${tableName}`;
    }
    return String(target);
  }

  private metadataOf(name: string): EntityMetadata | undefined {
    return this.database.entityMetadatas.find(({ tableName }) => tableName === name);
  }

  private async load(name: string): Promise<AuditedTable> {
    const rows = await this.database.read<AuditedTable>(
      `SELECT t.table_name AS name, c.oid::regclass::text AS relation,
              audit.key_columns(c.oid) AS "keyColumns",
              t.redacted_columns AS "redactedColumns",
              array_agg(a.attname::text) FILTER (WHERE a.attgenerated = '') AS "writableColumns",
              coalesce(array_agg(a.attname::text) FILTER (WHERE a.atttypid IN (20, 1700)), '{}') AS "bigintColumns",
              array_agg(a.attname::text) FILTER (WHERE a.attnotnull) AS "requiredColumns"
       FROM audit.audited_tables t
       JOIN pg_class c ON c.oid = audit.relation(t.table_name)
       JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
       WHERE t.table_name = $1
       GROUP BY t.table_name, t.redacted_columns, c.oid`,
      [name],
    );
    if (rows[0] === undefined) throw new TableNotAuditedError(name);
    return rows[0];
  }
}

/** As the trigger writes a secret part of a key. */
function digest(value: string): string {
  return value.startsWith('sha256:')
    ? value
    : `sha256:${createHash('sha256').update(value).digest('hex')}`;
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}
