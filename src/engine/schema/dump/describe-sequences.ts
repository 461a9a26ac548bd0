import type { EntityManager } from 'typeorm';
import { isDescribed, isNoExtensions, isOurs } from './catalog.js';
import type { SchemaObject } from './schema-object.js';

/** Sequences, without those of identity columns, which are part of their columns. */
export async function describeSequences(manager: EntityManager): Promise<SchemaObject[]> {
  const rows = await manager.query<{ name: string; definition: string }[]>(`
    SELECT format('%I.%I', schema.nspname, relation.relname) AS name,
           format(
             'CREATE SEQUENCE %I.%I AS %s INCREMENT BY %s MINVALUE %s MAXVALUE %s START WITH %s CACHE %s%s%s;',
             schema.nspname, relation.relname, format_type(seqtypid, NULL), seqincrement, seqmin,
             seqmax, seqstart, seqcache,
             CASE WHEN seqcycle THEN ' CYCLE' ELSE '' END,
             CASE WHEN owner.oid IS NULL THEN '' ELSE format(
               ' OWNED BY %I.%I.%I', owner_schema.nspname, owner.relname, attribute.attname) END
           ) AS definition
    FROM pg_sequence
    JOIN pg_class AS relation ON relation.oid = seqrelid
    JOIN pg_namespace AS schema ON schema.oid = relation.relnamespace
    LEFT JOIN pg_depend AS ownership
      ON ownership.classid = 'pg_class'::regclass AND ownership.objid = seqrelid
      AND ownership.refclassid = 'pg_class'::regclass AND ownership.deptype IN ('a', 'i')
    LEFT JOIN pg_class AS owner ON owner.oid = ownership.refobjid
    LEFT JOIN pg_namespace AS owner_schema ON owner_schema.oid = owner.relnamespace
    LEFT JOIN pg_attribute AS attribute
      ON attribute.attrelid = owner.oid AND attribute.attnum = ownership.refobjsubid
    WHERE ${isOurs('schema')} AND ${isNoExtensions('pg_class', 'seqrelid')}
      AND ownership.deptype IS DISTINCT FROM 'i'
      AND (owner.oid IS NULL OR ${isDescribed('owner')})
    ORDER BY schema.nspname, relation.relname
  `);
  return rows.map(({ name, definition }) => ({
    title: `sequence ${name}`,
    definition,
  }));
}
