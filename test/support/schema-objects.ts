import type { TestDatabase } from './database.js';

/** Whatever is not an extension's: those stay, and bring objects of their own. */
function ours(catalog: string): string {
  return `NOT EXISTS (
    SELECT FROM pg_depend d
    WHERE d.classid = '${catalog}'::regclass AND d.objid = o.oid AND d.deptype = 'e')`;
}

const ourNamespaces = `SELECT oid FROM pg_namespace
  WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'`;

/**
 * Every object in a database that belongs neither to PostgreSQL nor to an extension, one line each, with
 * its definition. What TypeORM keeps of the migrations is left out: it outlives them.
 */
const statement = `
  SELECT 'schema ' || nspname || coalesce(' ' || nspacl::text, '') AS line
  FROM pg_namespace o
  WHERE oid IN (${ourNamespaces}) AND nspname <> 'public' AND ${ours('pg_namespace')}
  UNION ALL
  SELECT 'relation ' || oid::regclass || ' ' || relkind::text || coalesce(' ' || relacl::text, '')
      || coalesce(' ' || reloptions::text, '') || ' rls:' || relrowsecurity
  FROM pg_class o
  WHERE relnamespace IN (${ourNamespaces}) AND relkind NOT IN ('i', 'I', 'c') AND ${ours('pg_class')}
  UNION ALL
  SELECT 'column ' || attrelid::regclass || '.' || attname || ' ' || format_type(atttypid, atttypmod)
      || CASE WHEN attnotnull THEN ' not null' ELSE '' END
      || coalesce(' default ' || pg_get_expr(d.adbin, d.adrelid), '')
      || ' ' || attidentity::text || attgenerated::text
  FROM pg_attribute a
  JOIN pg_class o ON o.oid = a.attrelid
  LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
  WHERE attnum > 0 AND NOT attisdropped AND relkind IN ('r', 'p', 'v', 'm')
    AND relnamespace IN (${ourNamespaces}) AND ${ours('pg_class')}
  UNION ALL
  SELECT 'constraint ' || conrelid::regclass || '.' || conname || ' ' || pg_get_constraintdef(oid)
  FROM pg_constraint o WHERE connamespace IN (${ourNamespaces}) AND conrelid <> 0
    AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass
                    AND d.objid = conrelid AND d.deptype = 'e')
  UNION ALL
  SELECT 'index ' || pg_get_indexdef(i.indexrelid)
  FROM pg_index i JOIN pg_class o ON o.oid = i.indrelid
  WHERE relnamespace IN (${ourNamespaces}) AND ${ours('pg_class')}
  UNION ALL
  SELECT 'routine ' || pg_get_functiondef(oid) || coalesce(' ' || proacl::text, '')
  FROM pg_proc o WHERE pronamespace IN (${ourNamespaces}) AND prokind <> 'a' AND ${ours('pg_proc')}
  UNION ALL
  SELECT 'trigger ' || pg_get_triggerdef(oid) || ' ' || tgenabled::text
  FROM pg_trigger o WHERE NOT tgisinternal AND ${ours('pg_trigger')}
  UNION ALL
  SELECT 'type ' || oid::regtype || ' ' || typtype::text || coalesce(
      ' ' || (SELECT string_agg(enumlabel, ',' ORDER BY enumsortorder) FROM pg_enum WHERE enumtypid = o.oid), '')
  FROM pg_type o
  WHERE typnamespace IN (${ourNamespaces}) AND (typtype IN ('e', 'd', 'r')
    OR typtype = 'c' AND (SELECT relkind = 'c' FROM pg_class WHERE oid = typrelid)) AND ${ours('pg_type')}
  UNION ALL
  SELECT 'event trigger ' || evtname FROM pg_event_trigger o WHERE ${ours('pg_event_trigger')}
  UNION ALL
  SELECT 'policy ' || polname FROM pg_policy
  UNION ALL
  SELECT 'setting ' || unnest(setconfig) FROM pg_db_role_setting s
  JOIN pg_database d ON d.oid = s.setdatabase WHERE d.datname = current_database()
`;

export async function schemaObjects(database: TestDatabase): Promise<string[]> {
  const rows = await database.query<{ line: string }>(statement);
  return rows
    .map(({ line }) => line)
    .filter((line) => !/^\w+ (CREATE UNIQUE INDEX \S+ ON public\.)?(migrations|"PK_)/.test(line))
    .filter((line) => !/\bpublic\.migrations\b/.test(line) || /^routine/.test(line))
    .sort();
}
