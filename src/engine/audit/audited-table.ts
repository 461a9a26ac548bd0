import type { EntityTarget, ObjectLiteral } from 'typeorm';
import type { Period } from './renames.js';
import type { UndoRules } from './undo-rules.js';

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
