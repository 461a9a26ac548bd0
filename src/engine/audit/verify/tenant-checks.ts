/*
 * Checks of tenants and of their isolation. Each query returns a row for each problem, with subject, problem and
 * remedy.
 */

const isolateAgain = `
  format('in a migration: SELECT audit.isolate(%L, %L, %L, %L)', i.table_name, i.is_public, i.owners, i.is_searchable)`;

/** Whether the application isolates its tables at all. */
const isInUse = 'EXISTS (SELECT FROM audit.isolated_tables)';

/** Declared columns that no longer exist. The trail then has no tenant. */
export const lostTenants = `
  SELECT t.table_name AS subject, format('has no column %I any more, which names its tenant', t.tenant_column) AS problem,
         format('in a migration: SELECT audit.set_tenant(%L, the column)', t.table_name) AS remedy
  FROM audit.tenant_tables t
  WHERE audit.relation(t.table_name) IS NOT NULL AND NOT EXISTS (
    SELECT FROM pg_attribute a
    WHERE a.attrelid = audit.relation(t.table_name) AND a.attname = t.tenant_column AND NOT a.attisdropped)
  ORDER BY 1`;

/**
 * Tables whose rows every tenant reaches, although others are isolated: those with a declared tenant, and those
 * that refer to the table of tenants without declaring it.
 */
export const openTables = `
  SELECT t.table_name AS subject, 'has a tenant, and no policies that isolate it' AS problem,
         format('in a migration: SELECT audit.isolate(%L)', t.table_name) AS remedy
  FROM audit.tenant_tables t
  WHERE ${isInUse} AND NOT EXISTS (SELECT FROM audit.isolated_tables i WHERE i.table_name = t.table_name)
  UNION
  SELECT name, format('refers to the tenant in %s, and declares none', k.confrelid::regclass),
         format('in a migration: SELECT audit.set_tenant(%L, %L), audit.isolate(%1$L)', name, a.attname)
  FROM pg_constraint k
  JOIN audit.tenant_tables root ON audit.relation(root.table_name) = k.confrelid
  JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = k.conkey[1]
  JOIN pg_attribute referred ON referred.attrelid = k.confrelid AND referred.attnum = k.confkey[1]
  CROSS JOIN LATERAL (SELECT audit.recorded_name(k.conrelid) AS name) AS named
  WHERE ${isInUse} AND k.contype = 'f' AND k.conparentid = 0 AND root.parent_table IS NULL
    AND referred.attname = root.tenant_column AND audit.key_columns(k.confrelid) = ARRAY[root.tenant_column]
    AND NOT EXISTS (SELECT FROM audit.tenant_tables t WHERE t.table_name = name)
  ORDER BY 1`;

/** Isolated tables whose policies are not those that audit.isolate() made. */
export const changedPolicies = `
  SELECT i.table_name AS subject, 'has other policies than it was isolated with, or has them switched off' AS problem,
         ${isolateAgain} AS remedy
  FROM audit.isolated_tables i
  WHERE audit.relation(i.table_name) IS NOT NULL AND audit.policies_of(audit.relation(i.table_name)) <> i.policies
  UNION ALL
  SELECT i.table_name, format('lacks its view audit.%I', 'visible_' || i.table_name), ${isolateAgain}
  FROM audit.isolated_tables i
  WHERE i.is_searchable AND to_regclass(format('audit.%I', 'visible_' || i.table_name)) IS NULL
  UNION ALL
  SELECT i.table_name, 'is listed as isolated and does not exist',
         format('DELETE FROM audit.isolated_tables WHERE table_name = %L', i.table_name)
  FROM audit.isolated_tables i WHERE audit.relation(i.table_name) IS NULL
  UNION ALL
  SELECT 'audit_logs', 'is not isolated, though tables are', 'in a migration: SELECT audit.isolate_trail()'
  FROM pg_class c
  WHERE c.oid = format('%s.audit_logs', audit.home())::regclass AND ${isInUse}
    AND NOT (c.relrowsecurity AND EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND p.polname = 'tenant_read'))
  UNION ALL
  SELECT p.polrelid::regclass::text, format('has the policy %I besides, which lets more rows through', p.polname),
         format('DROP POLICY %I ON %s', p.polname, p.polrelid::regclass)
  FROM pg_policy p
  WHERE p.polpermissive AND p.polname NOT LIKE 'tenant\\_%'
    AND EXISTS (SELECT FROM pg_policy own WHERE own.polrelid = p.polrelid AND own.polname = 'tenant_read')
  ORDER BY 1, 2`;

/** Roles of the application that policies do not apply to, and those that may not run the policies. */
export const exemptRoles = `
  SELECT r.role_name AS subject,
         format('is not restricted by the policies of %s: it is a superuser, may bypass row-level security, or owns the table', i.table_name) AS problem,
         format('ALTER ROLE %I NOSUPERUSER NOBYPASSRLS -- and let another role own the tables', r.role_name) AS remedy
  FROM audit.application_roles r
  JOIN pg_roles role ON role.rolname = r.role_name
  JOIN LATERAL (SELECT min(i.table_name) AS table_name FROM audit.isolated_tables i
    JOIN pg_class c ON c.oid = audit.relation(i.table_name)
    WHERE role.rolsuper OR role.rolbypassrls OR pg_has_role(role.oid, c.relowner, 'USAGE')) AS i ON i.table_name IS NOT NULL
  UNION ALL
  SELECT r.role_name, format('may not call %s, which policies call', min(p.oid::regprocedure::text)),
         format('SELECT audit.grant_application(%L)', quote_ident(r.role_name))
  FROM audit.application_roles r JOIN pg_roles role ON role.rolname = r.role_name
  JOIN pg_proc p ON p.pronamespace = 'audit'::regnamespace AND p.proname ~ '^(keys|has|own)_'
  WHERE NOT has_function_privilege(role.oid, p.oid, 'EXECUTE')
  GROUP BY r.role_name
  ORDER BY 1`;
