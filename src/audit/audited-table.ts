import { createHash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { getDataSourceToken } from '@nestjs/typeorm';
import type { EntityMetadata, EntityTarget, ObjectLiteral } from 'typeorm';
import type { DatabaseDataSource } from '../connection/database.data-source.js';
import { InvalidRecordKeyError, TableNotAuditedError } from './errors.js';
import { loadRenames, loadTables } from './load-tables.js';
import { compositeId, periodsOf, type Period, type Rename } from './renames.js';
import { undoRulesOf, type UndoRules } from './undo-rules.js';

/** A record's primary key: the bare value, or an object by property or column names. */
export type RecordKey = string | Readonly<Record<string, unknown>>;

/** What an audited table is called here: its entity class, or its name. */
export type AuditedTarget = EntityTarget<ObjectLiteral> | string;

/** A table of the trail, as the database has it. */
export interface TableDefinition {
  /** As `audit_logs.table_name` has it. */
  readonly name: string;
  /** Quoted, with its schema. */
  readonly relation: string;
  readonly keyColumns: readonly string[];
  /** PostgreSQL's names of their types. */
  readonly keyTypes: readonly string[];
  readonly redactedColumns: readonly string[];
  /** Those of them whose type has no room for the marker: a row is read back without them. */
  readonly opaqueColumns: readonly string[];
  /** The columns that a statement may write: not the generated ones. */
  readonly writableColumns: readonly string[];
  /** Columns whose JSON numbers stand for decimal strings. */
  readonly bigintColumns: readonly string[];
  readonly requiredColumns: readonly string[];
  /** Columns whose values are JSON: "1" is not 1 there. */
  readonly jsonColumns: readonly string[];
  /** Columns of numbers of any scale: 1.5 is not 1.50 there. */
  readonly unscaledColumns: readonly string[];
  /** JSON columns that are never NULL: a null in an image is JSON's own. */
  readonly requiredJsonColumns: readonly string[];
}

/** A table of the trail, what it was called before, and what its entity says of undoing. */
export type AuditedTable = TableDefinition & UndoRules & { readonly periods: readonly Period[] };

/**
 * Looks audited tables up in the database: each time anew, as another process may have changed them since.
 */
@Injectable()
export class AuditedTables {
  constructor(@Inject(getDataSourceToken()) private readonly database: DatabaseDataSource) {}

  /** @throws TableNotAuditedError */
  async find(target: AuditedTarget): Promise<AuditedTable> {
    const name = this.nameOf(target);
    const table = (await this.load([name])).get(name);
    if (table === undefined) throw new TableNotAuditedError(name);
    return table;
  }

  /** Those of the names that are audited tables, by name. */
  async load(names: readonly string[]): Promise<Map<string, AuditedTable>> {
    const definitions = await loadTables(this.database, names);
    return new Map(
      definitions.map(({ renames, ...definition }) => {
        const rules = undoRulesOf(entityOfTable(this.database, definition.name));
        const periods = periodsOf(definition.name, renames);
        return [definition.name, { ...definition, ...rules, periods }];
      }),
    );
  }

  /** What was renamed of any table, oldest first. */
  renames(): Promise<Rename[]> {
    return loadRenames(this.database);
  }

  /**
   * The same, and neither their columns nor the foreign keys that refer to them change before the
   * transaction around ends.
   *
   * @throws TableNotAuditedError
   */
  async lock(names: Iterable<string>): Promise<Map<string, AuditedTable>> {
    const sorted = [...new Set(names)].sort();
    const found = await this.load(sorted);
    const missing = sorted.find((name) => !found.has(name));
    if (missing !== undefined) throw new TableNotAuditedError(missing);
    if (found.size === 0) return found;
    // The mode in which rows are written: ADD FOREIGN KEY waits for it, for the parent's sake too.
    const relations = sorted.map((name) => found.get(name)!.relation).join(', ');
    await this.database.query(`LOCK TABLE ${relations} IN ROW EXCLUSIVE MODE`);
    return this.load(sorted);
  }

  /**
   * A key as `audit_logs.record_id` has it.
   *
   * @throws InvalidRecordKeyError when the key is not this table's
   */
  recordId(table: AuditedTable, key: RecordKey): string {
    const parts = this.parts(table, key).map(
      ([column, value]) =>
        [column, table.redactedColumns.includes(column) ? digest(value) : value] as const,
    );
    return parts.length === 1 ? parts[0]![1] : compositeId(parts);
  }

  private parts(table: AuditedTable, key: RecordKey): [column: string, value: string][] {
    const isBare = typeof key === 'string' && table.keyColumns.length === 1;
    const given = typeof key === 'string' ? parseObject(key) : key;
    const metadata = entityOfTable(this.database, table.name);
    return table.keyColumns.map((column, index) => {
      const property = metadata?.findColumnWithDatabaseName(column)?.propertyName ?? column;
      const value = isBare ? key : (given?.[property] ?? given?.[column]);
      const text = keyText(value, table.keyTypes[index]!);
      if (text === undefined) {
        const keys = table.keyColumns.map((name, place) => `${name} (${table.keyTypes[place]})`);
        throw new InvalidRecordKeyError(table.name, keys);
      }
      return [column, text];
    });
  }

  /** What the trail calls the table of an entity, or what is not one. */
  nameOf(target: AuditedTarget): string {
    if (typeof target === 'string') return target;
    if (this.database.hasMetadata(target)) return nameOfEntity(this.database.getMetadata(target));
    return typeof target === 'function' ? target.name : String(target);
  }
}

/** As the trigger writes a secret part of a key. */
function digest(value: string): string {
  return /^sha256:[0-9a-f]{64}$/.test(value)
    ? value
    : `sha256:${createHash('sha256').update(value).digest('hex')}`;
}

/** The entity of a table that the trail calls so, when it has one. */
export function entityOfTable(
  database: DatabaseDataSource,
  name: string,
): EntityMetadata | undefined {
  return database.entityMetadatas.find((metadata) => nameOfEntity(metadata) === name);
}

/** What the trail calls the table of an entity. */
export function nameOfEntity({ schema, tableName }: EntityMetadata): string {
  return schema === undefined || schema === 'public' ? tableName : `${schema}.${tableName}`;
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const integerBits: Readonly<Record<string, number>> = { smallint: 16, integer: 32, bigint: 64 };

/** A part of a key as PostgreSQL writes it; undefined for what is none of its type. */
function keyText(value: unknown, type: string): string | undefined {
  if (value === undefined || value === null || typeof value === 'object') return undefined;
  const text = String(value);
  if (type === 'uuid') return uuid.test(text) ? text.toLowerCase() : undefined;
  const bits = integerBits[type];
  if (bits === undefined) return text.includes('\0') ? undefined : text;
  if (!/^-?\d{1,19}$/.test(text)) return undefined;
  const number = BigInt(text);
  return BigInt.asIntN(bits, number) === number ? number.toString() : undefined;
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
