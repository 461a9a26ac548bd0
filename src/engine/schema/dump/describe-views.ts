import type { EntityManager } from 'typeorm';
import { isNoExtensions, isOurs } from './catalog.js';
import type { SchemaObject } from './schema-object.js';

/** Views, and materialized views with their indexes. */
export async function describeViews(manager: EntityManager): Promise<SchemaObject[]> {
  const rows = await manager.query<
    { name: string; kind: string; body: string; indexes: string[] }[]
  >(`
    SELECT format('%I.%I', schema.nspname, relation.relname) AS name,
           CASE relation.relkind WHEN 'm' THEN 'MATERIALIZED VIEW' ELSE 'VIEW' END AS kind,
           pg_get_viewdef(relation.oid) AS body,
           ARRAY(SELECT pg_get_indexdef(indexrelid) || ';' FROM pg_index
                 WHERE indrelid = relation.oid ORDER BY 1) AS indexes
    FROM pg_class AS relation
    JOIN pg_namespace AS schema ON schema.oid = relation.relnamespace
    WHERE relation.relkind IN ('v', 'm') AND ${isOurs('schema')}
      AND ${isNoExtensions('pg_class', 'relation.oid')}
    ORDER BY schema.nspname, relation.relname
  `);
  return rows.map(({ name, kind, body, indexes }) => ({
    title: `view ${name}`,
    definition: [`CREATE ${kind} ${name} AS\n${body}`, ...indexes].join('\n'),
  }));
}
