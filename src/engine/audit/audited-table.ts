import { createHash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { getDataSourceToken } from '@nestjs/typeorm';
import { escapeIdentifier } from 'pg';
import type { EntityMetadata, EntityTarget, ObjectLiteral } from 'typeorm';
import type { DatabaseDataSource } from '../connection/database.data-source.js';
import { InvalidRecordKeyError, TableNotAuditedError } from './errors.js';
import { loadReadableTables, loadRenames, loadTables, type LoadedTable } from './load-tables.js';
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
  /** Columns of plain types: a value that an earlier type wrote, such as 5 as "5", is the same there. */
  readonly plainColumns: readonly string[];
  /** Those of them in which one number is always written in one way: 5.00 is 5 by an earlier type. */
  readonly numberColumns: readonly string[];
}

/** How a table's rows and their images turn into each other. */
export interface Reading {
  /** The image of a row `t` as the recorder writes it, in SQL. */
  readonly image: string;
  /** The record id of a row `t`, likewise. */
  readonly recordIdOfRow: string;
  /** A query of the row that an image, for which `%1$s` stands, is of. */
  readonly rowOfImage: string;
}

/** A table of the trail, what it was called before, and what its entity says of undoing. */
export type AuditedTable = TableDefinition & UndoRules & { readonly periods: readonly Period[] };

/** One whose rows are read as well: working out how takes the database longer than the rest. */
export type ReadableTable = AuditedTable & Reading;

/**
 * Looks audited tables up in the database: each time anew, as another process may have changed them since.
 */
@Injectable()
export class AuditedTables {
  constructor(@Inject(getDataSourceToken()) private readonly database: DatabaseDataSource) {}

  /** @throws TableNotAuditedError */
  async find(target: AuditedTarget): Promise<AuditedTable> {
    return this.one(target, await this.load([this.nameOf(target)]));
  }

  /** The same, with how its rows are read. */
  async findReadable(target: AuditedTarget): Promise<ReadableTable> {
    const loaded = await loadReadableTables(this.database, [this.nameOf(target)]);
    return this.one(target, this.described(loaded));
  }

  /** Those of the names that are audited tables, by name. */
  async load(names: readonly string[]): Promise<Map<string, AuditedTable>> {
    return this.described(await loadTables(this.database, names));
  }

  /** What was renamed of any table, oldest first. */
  renames(): Promise<Rename[]> {
    return loadRenames(this.database);
  }

  /**
   * The tables of these names. Neither their columns nor the foreign keys that refer to them change before
   * the transaction around ends.
   *
   * @throws TableNotAuditedError
   */
  async lock(names: Iterable<string>): Promise<Map<string, ReadableTable>> {
    const sorted = [...new Set(names)].sort();
    const found = await this.load(sorted);
    const relations = sorted.map((name) => this.one(name, found).relation);
    if (relations.length === 0) return new Map();
    // The mode in which rows are written: ADD FOREIGN KEY waits for it, for the parent's sake too.
    await this.database.query(`LOCK TABLE ${relations.join(', ')} IN ROW EXCLUSIVE MODE`);
    return this.described(await loadReadableTables(this.database, sorted));
  }

  /**
   * A key as `audit_logs.record_id` has it.
   *
   * @throws InvalidRecordKeyError when the key is not this table's
   */
  async recordId(table: AuditedTable, key: RecordKey): Promise<string> {
    const given = this.parts(table, key);
    const isPlain = table.keyTypes.every((type) => plainTypes.has(type));
    const parts = (isPlain ? given : await this.asSpelt(table, given)).map(
      ([column, value]) =>
        [column, table.redactedColumns.includes(column) ? digest(value) : value] as const,
    );
    return parts.length === 1 ? parts[0]![1] : compositeId(parts);
  }

  /** Equal values of some types may be spelt in several ways: as the row has it, or else as PostgreSQL does. */
  private async asSpelt(
    table: AuditedTable,
    parts: readonly (readonly [column: string, value: string])[],
  ): Promise<[column: string, value: string][]> {
    const values = parts.map((_, index) => `$${index + 1}::text::${table.keyTypes[index]}`);
    const isIt = parts.map(([column], index) => `t.${escapeIdentifier(column)} = ${values[index]}`);
    const found = parts.map(
      ([column], index) =>
        `audit.pinned_text(coalesce((SELECT t.${escapeIdentifier(column)} FROM ${table.relation} t WHERE ${isIt.join(' AND ')}), ${values[index]}))`,
    );
    const texts = parts.map(([, value]) => value);
    try {
      const [row] = await this.database.read<{ spelt: string[] }>(
        `SELECT ARRAY[${found.join(', ')}] AS spelt`,
        texts,
      );
      return parts.map(([column], index) => [column, row!.spelt[index]!]);
    } catch (error) {
      if (/^22/.test((error as { code?: string }).code ?? '')) throw invalidKey(table);
      throw error;
    }
  }

  private parts(table: AuditedTable, key: RecordKey): [column: string, value: string][] {
    const isBare = typeof key === 'string' && table.keyColumns.length === 1;
    const given = typeof key === 'string' ? parseObject(key) : key;
    const metadata = entityOfTable(this.database, table.name);
    return table.keyColumns.map((column, index) => {
      const property = metadata?.findColumnWithDatabaseName(column)?.propertyName ?? column;
      const value = isBare ? key : (given?.[property] ?? given?.[column]);
      const text = keyText(value, table.keyTypes[index]!);
      if (text === undefined) throw invalidKey(table);
      return [column, text];
    });
  }

  private one<Table>(target: AuditedTarget, found: ReadonlyMap<string, Table>): Table {
    const name = this.nameOf(target);
    const table = found.get(name);
    if (table === undefined) throw new TableNotAuditedError(name);
    return table;
  }

  /** Adds what the entities say, and what the tables were called before. */
  private described<Loaded extends LoadedTable>(
    loaded: readonly Loaded[],
  ): Map<string, Loaded & AuditedTable> {
    return new Map(
      loaded.map((table) => {
        const rules = undoRulesOf(entityOfTable(this.database, table.name));
        return [table.name, { ...table, ...rules, periods: periodsOf(table.name, table.renames) }];
      }),
    );
  }

  /** What the trail calls the table of an entity, or what is not one. */
  nameOf(target: AuditedTarget): string {
    if (typeof target === 'string') return target;
    if (this.database.hasMetadata(target)) return nameOfEntity(this.database.getMetadata(target));
    return typeof target === 'function' ? target.name : String(target);
  }
}

/** Types whose values are spelt in one way, or are the same only where they are spelt alike. */
const plainTypes = new Set(['uuid', 'smallint', 'integer', 'bigint', 'text', 'character varying']);

function invalidKey({ name, keyColumns, keyTypes }: AuditedTable): InvalidRecordKeyError {
  return new InvalidRecordKeyError(
    name,
    keyColumns.map((column, place) => `${column} (${keyTypes[place]})`),
  );
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
