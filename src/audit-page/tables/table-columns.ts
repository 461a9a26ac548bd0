import { Inject, Injectable } from '@nestjs/common';
import { getDataSourceToken } from '@nestjs/typeorm';
import type { DatabaseDataSource } from '../../engine/transaction/database.data-source.js';

/** How values of a column are shown. */
export type ColumnType = 'text' | 'number' | 'boolean' | 'time' | 'date' | 'json' | 'enum' | 'uuid';

/** A column of an audited table, as the database has it. */
export interface TableColumn {
  readonly column: string;
  readonly type: ColumnType;
  /** The values of an enum; null for other types. */
  readonly values: readonly string[] | null;
  /** The audited table whose primary key the column refers to; null if it refers to none. */
  readonly references: { readonly table: string; readonly column: string } | null;
  readonly redacted: boolean;
  /** Whether it holds texts that a search reads. */
  readonly searchable: boolean;
  /** Whether an index finds rows by its value. */
  readonly indexed: boolean;
}

/** An audited table with its columns, in their order. */
export interface TableWithColumns {
  readonly table: string;
  /** The size of the table, or of its largest partition, in pages of 8 kB. */
  readonly pages: number;
  readonly columns: readonly TableColumn[];
}

const describe = `
  WITH home AS MATERIALIZED (SELECT audit.home() AS oid),
  audited AS MATERIALIZED (
    SELECT t.table_name, t.redacted_columns, t.incidental_columns, c.oid, c.relkind
    FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace
    CROSS JOIN home
    JOIN audit.audited_tables t
      ON t.table_name = CASE WHEN n.oid = home.oid THEN '' ELSE n.nspname || '.' END || c.relname
    WHERE c.relkind IN ('r', 'p')
  ),
  referring AS MATERIALIZED (
    SELECT DISTINCT ON (fk.conrelid, fk.conkey[1]) fk.conrelid AS relation, fk.conkey[1] AS number,
      json_build_object('table', parent.table_name, 'column', key.attname) AS parent
    FROM pg_constraint fk
    JOIN audited child ON child.oid = fk.conrelid
    JOIN audited parent ON parent.oid = fk.confrelid
    JOIN pg_index i ON i.indrelid = fk.confrelid AND i.indisprimary AND i.indnkeyatts = 1
      AND i.indkey[0] = fk.confkey[1]
    JOIN pg_attribute key ON key.attrelid = fk.confrelid AND key.attnum = fk.confkey[1]
    WHERE fk.contype = 'f' AND cardinality(fk.conkey) = 1 AND key.attname <> ALL (parent.redacted_columns)
  )
  SELECT audited.table_name AS table, (CASE WHEN audited.relkind = 'r' THEN pg_relation_size(audited.oid) ELSE (
      SELECT coalesce(max(pg_relation_size(relid)), 0) FROM pg_partition_tree(audited.oid) WHERE isleaf
    ) END / 8192)::float8 AS pages,
    json_agg(json_build_object(
      'column', a.attname,
      'type', CASE
        WHEN type.typtype = 'e' THEN 'enum'
        WHEN type.oid = 'bool'::regtype THEN 'boolean'
        WHEN type.oid = 'uuid'::regtype THEN 'uuid'
        WHEN type.oid = 'date'::regtype THEN 'date'
        WHEN type.oid IN ('json'::regtype, 'jsonb'::regtype) OR type.typcategory = 'A' THEN 'json'
        WHEN type.oid IN ('timestamptz'::regtype, 'timestamp'::regtype) THEN 'time'
        WHEN type.typcategory = 'N' THEN 'number'
        ELSE 'text' END,
      'values', (SELECT json_agg(enumlabel ORDER BY enumsortorder) FROM pg_enum WHERE enumtypid = type.oid),
      'references', referring.parent,
      'redacted', a.attname = ANY (audited.redacted_columns),
      'searchable', a.attname <> ALL (audited.redacted_columns || audited.incidental_columns)
        AND (type.typcategory = 'S' OR type.typname = 'citext'),
      'indexed', EXISTS (
        SELECT FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am am ON am.oid = c.relam
        WHERE i.indrelid = a.attrelid AND i.indkey[0] = a.attnum AND i.indpred IS NULL
          AND i.indisvalid AND am.amname = 'btree')
    ) ORDER BY a.attnum) AS columns
  FROM audited
  JOIN pg_attribute a ON a.attrelid = audited.oid AND a.attnum > 0 AND NOT a.attisdropped
  JOIN pg_type column_type ON column_type.oid = a.atttypid
  LEFT JOIN referring ON referring.relation = a.attrelid AND referring.number = a.attnum
  JOIN pg_type type ON type.oid = coalesce(nullif(column_type.typbasetype, 0), column_type.oid)
  GROUP BY audited.table_name, audited.oid, audited.relkind
  ORDER BY audited.table_name COLLATE "C"`;

/** Reads what the database says about the audited tables. It is not kept, because another process may migrate. */
@Injectable()
export class TableColumns {
  constructor(@Inject(getDataSourceToken()) private readonly database: DatabaseDataSource) {}

  all(): Promise<TableWithColumns[]> {
    return this.database.read<TableWithColumns>(describe);
  }
}
