import type { EntityTarget, ObjectLiteral } from 'typeorm';
import type { Period } from './renames.js';
import type { UndoRules } from './undo-rules.js';

/** The primary key of a record: its value as text, or an object by property or column names. */
export type RecordKey = string | Readonly<Record<string, unknown>>;

/** The entity class or table name of an audited table. */
export type AuditedTarget = EntityTarget<ObjectLiteral> | string;

/** The definition of an audited table, as the database has it. */
export interface TableDefinition {
  /** The table's name, as in `audit_logs.table_name`. */
  readonly name: string;
  /** The table's name for SQL statements, quoted and, where it is needed, with its schema. */
  readonly relation: string;
  readonly keyColumns: readonly string[];
  /** PostgreSQL's names of the types of `keyColumns`. */
  readonly keyTypes: readonly string[];
  readonly redactedColumns: readonly string[];
  /** Columns whose changes make no entry by themselves. The trail does not have all their values. */
  readonly incidentalColumns: readonly string[];
  /**
   * Redacted columns whose type cannot hold the marker `[redacted]`. A row is read from an image without
   * them.
   */
  readonly opaqueColumns: readonly string[];
  /** The columns that a statement may write: all but the generated ones. */
  readonly writableColumns: readonly string[];
  /** The columns of `bigint` and `numeric`. Their JSON numbers are read as decimal strings. */
  readonly bigintColumns: readonly string[];
  readonly requiredColumns: readonly string[];
  /**
   * The columns of base types other than `json` and `jsonb`. The texts of two values decide whether they are
   * equal, because an earlier type of the column may have written 5 as "5".
   */
  readonly plainColumns: readonly string[];
  /**
   * The columns of types that write a number in only one way. An earlier type of the column may have written
   * 5 as 5.00, which is equal to 5.
   */
  readonly numberColumns: readonly string[];
}

/** SQL that turns rows of a table into images, and images into rows. */
export interface Reading {
  /** The image of a row `t`, equal to the one that the audit trigger writes. */
  readonly image: string;
  /** The record id of a row `t`, equal to the one that the audit trigger writes. */
  readonly recordIdOfRow: string;
  /** A query that turns an image into a row. `%1$s` stands for the SQL of the image. */
  readonly rowOfImage: string;
}

/** An audited table with its former names and the undo rules of its entity. */
export type AuditedTable = TableDefinition & UndoRules & { readonly periods: readonly Period[] };

/**
 * An audited table with the SQL that reads its rows. The database needs longer to generate that SQL than to
 * read the rest.
 */
export type ReadableTable = AuditedTable & Reading;
