import { createHash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { getDataSourceToken } from '@nestjs/typeorm';
import type { EntityMetadata, EntityTarget, ObjectLiteral } from 'typeorm';
import { isStorable } from '../common/check-texts.js';
import type { DatabaseDataSource } from '../connection/database.data-source.js';
import { InvalidRecordKeyError, TableNotAuditedError } from './errors.js';
import { quoted, recordedName } from './row-sql.js';

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
  /** PostgreSQL's names of their types. */
  readonly keyTypes: readonly string[];
  readonly redactedColumns: readonly string[];
  /** Those of them whose type has no room for the marker: a row is read back without them. */
  readonly opaqueColumns: readonly string[];
  /** The columns that a statement may write: not the generated ones. */
  readonly writableColumns: readonly string[];
  /** The image of a row `t` as the recorder writes it, in SQL. */
  readonly image: string;
  /** The record id of a row `t`, likewise. */
  readonly recordIdOfRow: string;
  /** A query of the row that an image, for which `%1$s` stands, is of. */
  readonly rowOfImage: string;
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
  async find(target: AuditedTarget): Promise<AuditedTable> {
    const name = this.nameOf(target);
    if (!isStorable(name)) throw new TableNotAuditedError(name);
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
  async recordId(table: AuditedTable, key: RecordKey): Promise<string> {
    const given = this.parts(table, key);
    const isPlain = table.keyTypes.every((type) => plainTypes.has(type));
    const parts = (isPlain ? given : await this.asSpelt(table, given)).map(([column, value]) => [
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

  /** Equal values of some types may be spelt in several ways: as the row has it, or else as PostgreSQL does. */
  private async asSpelt(
    table: AuditedTable,
    parts: readonly (readonly [column: string, value: string])[],
  ): Promise<[column: string, value: string][]> {
    const values = parts.map((_, index) => `$${index + 1}::text::${table.keyTypes[index]}`);
    const isIt = parts.map(([column], index) => `t.${quoted(column)} = ${values[index]}`);
    const found = parts.map(
      ([column], index) =>
        `audit.pinned_text(coalesce((SELECT t.${quoted(column)} FROM ${table.relation} t WHERE ${isIt.join(' AND ')}), ${values[index]}))`,
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

  /** What the trail calls the table of an entity, or what is not one. */
  nameOf(target: AuditedTarget): string {
    if (typeof target === 'string') return target;
    if (this.database.hasMetadata(target)) return nameOfEntity(this.database.getMetadata(target));
    return typeof target === 'function' ? target.name : String(target);
  }

  private async load(name: string): Promise<AuditedTable> {
    const rows = await this.database.read<AuditedTable>(
      // Of the functions in the schema audit an application's role may call audit.reading_sql alone.
      `SELECT t.table_name AS name, c.oid::regclass::text AS relation,
              key.columns AS "keyColumns", key.types AS "keyTypes",
              t.redacted_columns AS "redactedColumns",
              coalesce(array_agg(a.attname::text) FILTER (
                WHERE a.attname = ANY (t.redacted_columns)
                  AND NOT (a.atttypid IN ('text'::regtype, 'json'::regtype, 'jsonb'::regtype)
                    OR a.atttypid = 'varchar'::regtype AND a.atttypmod = -1)), '{}') AS "opaqueColumns",
              array_agg(a.attname::text) FILTER (WHERE a.attgenerated = '') AS "writableColumns",
              coalesce(array_agg(a.attname::text) FILTER (WHERE a.atttypid IN (20, 1700)), '{}') AS "bigintColumns",
              array_agg(a.attname::text) FILTER (WHERE a.attnotnull) AS "requiredColumns",
              reading.image, reading.record_id AS "recordIdOfRow", reading.row_of_image AS "rowOfImage"
       FROM audit.audited_tables t
       JOIN pg_class c ON c.relkind IN ('r', 'p') AND ${recordedName('c.oid')} = t.table_name
       JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
       CROSS JOIN LATERAL (
         SELECT array_agg(k.attname::text ORDER BY place) AS columns,
                array_agg(format_type(k.atttypid, -1) ORDER BY place) AS types
         FROM pg_index i
         CROSS JOIN LATERAL unnest(i.indkey) WITH ORDINALITY AS part (number, place)
         JOIN pg_attribute k ON k.attrelid = c.oid AND k.attnum = part.number
         WHERE i.indrelid = c.oid AND i.indisprimary
       ) AS key
       CROSS JOIN LATERAL audit.reading_sql(c.oid, t.redacted_columns) AS reading
       WHERE t.table_name = $1
       GROUP BY t.table_name, t.redacted_columns, c.oid, key.columns, key.types,
                reading.image, reading.record_id, reading.row_of_image`,
      [name],
    );
    if (rows[0] === undefined) throw new TableNotAuditedError(name);
    return rows[0];
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
