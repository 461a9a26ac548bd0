import type { EntityManager } from 'typeorm';
import { isNoExtensions, isOurs } from './catalog.js';
import type { SchemaObject } from './schema-object.js';

/** Enums, domains and composite types, without the row types of tables. */
export async function describeTypes(manager: EntityManager): Promise<SchemaObject[]> {
  const rows = await manager.query<{ name: string; definition: string }[]>(`
    SELECT format('%I.%I', schema.nspname, type.typname) AS name,
           CASE type.typtype
             WHEN 'e' THEN 'CREATE TYPE ' || format('%I.%I', schema.nspname, type.typname)
               || ' AS ENUM (' || (
                 SELECT string_agg(quote_literal(enumlabel), ', ' ORDER BY enumsortorder)
                 FROM pg_enum WHERE enumtypid = type.oid) || ');'
             WHEN 'd' THEN 'CREATE DOMAIN ' || format('%I.%I', schema.nspname, type.typname)
               || ' AS ' || format_type(type.typbasetype, type.typtypmod)
               || CASE WHEN type.typnotnull THEN ' NOT NULL' ELSE '' END
               || coalesce(' DEFAULT ' || type.typdefault, '')
               || coalesce((
                 SELECT string_agg(
                   format(' CONSTRAINT %I %s', conname, pg_get_constraintdef(oid)), ''
                   ORDER BY conname)
                 FROM pg_constraint WHERE contypid = type.oid AND contype <> 'n'), '') || ';'
             ELSE 'CREATE TYPE ' || format('%I.%I', schema.nspname, type.typname)
               || ' AS (' || (
                 SELECT string_agg(
                   format('%I %s', attname, format_type(atttypid, atttypmod)), ', ' ORDER BY attnum)
                 FROM pg_attribute
                 WHERE attrelid = type.typrelid AND attnum > 0 AND NOT attisdropped) || ');'
           END AS definition
    FROM pg_type AS type
    JOIN pg_namespace AS schema ON schema.oid = type.typnamespace
    LEFT JOIN pg_class AS relation ON relation.oid = type.typrelid
    WHERE ${isOurs('schema')} AND ${isNoExtensions('pg_type', 'type.oid')}
      AND (type.typtype IN ('e', 'd')
        OR type.typtype = 'c' AND relation.relkind = 'c'
          AND ${isNoExtensions('pg_class', 'relation.oid')})
    ORDER BY schema.nspname, type.typname
  `);
  return rows.map(({ name, definition }) => ({ title: `type ${name}`, definition }));
}
