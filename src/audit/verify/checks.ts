/*
 * Each query returns problems: subject, problem, remedy. None returns a row when all is well.
 */

/** Tables of `public` that are neither audited nor exempt ($1), nor an extension's. */
export const unwatchedTables = `
  SELECT c.relname AS subject, 'is not audited' AS problem,
         format('in a migration: SELECT audit.attach(%L) -- or name it among the exemptions', c.relname) AS remedy
  FROM pg_class c
  WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
    AND NOT c.relispartition
    AND c.relname <> ALL ($1)
    AND NOT EXISTS (SELECT FROM audit.audited_tables t WHERE t.table_name = c.relname)
    AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
  UNION ALL
  SELECT table_name, 'is listed as audited and does not exist',
         format('DELETE FROM audit.audited_tables WHERE table_name = %L', table_name)
  FROM audit.audited_tables
  WHERE audit.relation(table_name) IS NULL
  ORDER BY 1`;

/** Tables outside `public` whose entities say that they are audited ($1), and that are not. */
export const unkeptPromises = `
  SELECT name AS subject, 'is not audited, and its entity is marked @Audited()' AS problem,
         format('in a migration: SELECT audit.attach(%L)', name) AS remedy
  FROM unnest($1::text[]) AS name
  WHERE strpos(name, '.') > 0
    AND NOT EXISTS (SELECT FROM audit.audited_tables t WHERE t.table_name = name)
  ORDER BY 1`;

/** Triggers that are missing, switched off, changed, or call something else. */
export const faultyTriggers = `
  WITH expected AS (
    SELECT t.table_name, audit.relation(t.table_name) AS relation,
           kind.event, kind.type + each_row.bit AS type,
           CASE WHEN each_row.bit = 0 THEN kind.old_table END AS old_table, kind.new_table,
           c.relname || '_audit_' || kind.event AS trigger_name,
           to_regproc(format('audit.%I', audit.recorder_name(c.oid))) AS recorder
    FROM audit.audited_tables t
    JOIN pg_class c ON c.oid = audit.relation(t.table_name)
    -- pg_trigger.tgtype of an AFTER trigger: the event's bit, and one more when it is for each row.
    CROSS JOIN (VALUES ('insert', 4, NULL, 'new_rows'), ('delete', 8, 'old_rows', NULL),
                       ('update', 16, NULL, NULL), ('truncate', 32, NULL, NULL))
      AS kind (event, type, old_table, new_table)
    CROSS JOIN LATERAL (
      SELECT (event = 'update' OR event = 'delete' AND audit.deletes_each_row(c.oid))::int AS bit
    ) AS each_row
  )
  SELECT table_name AS subject,
         CASE WHEN g.oid IS NULL THEN format('lacks the trigger %s', trigger_name)
              WHEN g.tgenabled NOT IN ('O', 'A') THEN format('has the trigger %s switched off', trigger_name)
              WHEN g.tgfoid IS DISTINCT FROM recorder THEN format('has the trigger %s calling %s', trigger_name, g.tgfoid::regproc)
              ELSE format('has the trigger %s with another definition', trigger_name) END AS problem,
         CASE WHEN g.tgenabled NOT IN ('O', 'A') THEN format('ALTER TABLE %s ENABLE TRIGGER %I', relation, trigger_name)
              ELSE format('in a migration: SELECT audit.attach(%L, %L)', relation,
                     (SELECT redacted_columns FROM audit.audited_tables a WHERE a.table_name = expected.table_name)) END AS remedy
  FROM expected
  LEFT JOIN pg_trigger g ON g.tgrelid = relation AND g.tgname = trigger_name
  WHERE g.oid IS NULL OR g.tgenabled NOT IN ('O', 'A') OR g.tgfoid IS DISTINCT FROM recorder
     OR g.tgtype <> type OR g.tgqual IS NOT NULL OR cardinality(g.tgattr::int2[]) > 0
     OR g.tgoldtable IS DISTINCT FROM old_table OR g.tgnewtable IS DISTINCT FROM new_table
  ORDER BY 1, 2`;

/** Recording functions that are not what the table's columns, key and redaction would give today. */
export const staleFunctions = `
  SELECT t.table_name AS subject,
         CASE WHEN p.oid IS NULL THEN 'has no recording function'
              ELSE 'has a recording function that does not fit its columns or its redaction' END AS problem,
         format('in a migration: SELECT audit.attach(%L, %L)', t.table_name, t.redacted_columns) AS remedy
  FROM audit.audited_tables t
  LEFT JOIN pg_proc p ON p.oid = to_regproc(format('audit.%I', audit.recorder_name(audit.relation(t.table_name))))
  WHERE audit.relation(t.table_name) IS NOT NULL
    AND p.prosrc IS DISTINCT FROM audit.recording_source(audit.relation(t.table_name), t.redacted_columns)
  ORDER BY 1`;

/** Recording functions that hang on something else besides: rows that nobody wrote, or wrote once. */
export const strayTriggers = `
  SELECT g.tgrelid::regclass::text AS subject,
         format('has a trigger %s besides its own that calls %s', g.tgname, g.tgfoid::regproc) AS problem,
         format('DROP TRIGGER %I ON %s', g.tgname, g.tgrelid::regclass) AS remedy
  FROM pg_trigger g
  JOIN pg_proc p ON p.oid = g.tgfoid
  JOIN pg_class c ON c.oid = g.tgrelid
  WHERE p.pronamespace = 'audit'::regnamespace AND p.proname LIKE 'record\\_%' AND g.tgparentid = 0
    AND NOT (p.proname = audit.recorder_name(c.oid)
      AND g.tgname IN (SELECT c.relname || '_audit_' || event
                       FROM unnest(ARRAY['insert', 'update', 'delete', 'truncate']) AS event))
  ORDER BY 1, 2`;

/** Functions of ours without a safe search path, and recording functions that run as the caller. */
export const unpinnedFunctions = `
  SELECT p.oid::regprocedure::text AS subject,
         CASE WHEN unpinned THEN 'has no fixed search path, or one that others may write to'
              ELSE 'does not run as its owner' END AS problem,
         CASE WHEN unpinned THEN format('ALTER FUNCTION %s SET search_path = pg_catalog, pg_temp', p.oid::regprocedure)
              ELSE format('ALTER FUNCTION %s SECURITY DEFINER', p.oid::regprocedure) END AS remedy
  FROM pg_proc p
  CROSS JOIN LATERAL (
    SELECT NOT coalesce(p.proconfig, '{}') && ARRAY['search_path=pg_catalog, pg_temp', 'search_path=""'] AS unpinned,
           p.prorettype = 'trigger'::regtype AND p.proname LIKE 'record\\_%' AND NOT p.prosecdef AS as_caller
  ) AS found
  WHERE (p.pronamespace = 'audit'::regnamespace OR p.oid = to_regproc('public.set_updated_at'))
    AND (unpinned OR as_caller)
  ORDER BY 1`;

/** The triggers that keep the trail from being changed. */
export const unprotectedTrail = `
  WITH parts AS (
    SELECT 'public.audit_logs'::regclass::oid AS oid, true AS is_whole
    UNION ALL
    SELECT inhrelid, false FROM pg_inherits WHERE inhparent = 'public.audit_logs'::regclass
  )
  SELECT parts.oid::regclass::text AS subject,
         CASE WHEN g.oid IS NULL THEN format('lacks the trigger %s', needed.name)
              WHEN g.tgfoid <> guard THEN format('has the trigger %s calling %s', needed.name, g.tgfoid::regproc)
              ELSE format('has the trigger %s switched off', needed.name) END AS problem,
         CASE WHEN g.oid IS NOT NULL AND g.tgfoid = guard
              THEN format('ALTER TABLE %s ENABLE TRIGGER %s', parts.oid::regclass, needed.name)
              ELSE format('CREATE OR REPLACE TRIGGER %s BEFORE %s ON %s FOR EACH %s EXECUTE FUNCTION audit.refuse_change()',
                          needed.name, needed.events, parts.oid::regclass, needed.level) END AS remedy
  FROM parts
  CROSS JOIN (VALUES ('audit_logs_append_only', 'UPDATE OR DELETE', 'ROW'),
                     ('audit_logs_no_truncate', 'TRUNCATE', 'STATEMENT')) AS needed (name, events, level)
  CROSS JOIN (SELECT to_regproc('audit.refuse_change')::oid AS guard) AS function
  LEFT JOIN pg_trigger g ON g.tgrelid = parts.oid AND g.tgname = needed.name
  WHERE (g.tgenabled IN ('O', 'A') AND g.tgfoid = guard) IS NOT TRUE
    -- The row trigger of the whole is that of its partitions: it comes back to them with it.
    AND (parts.is_whole OR needed.level = 'STATEMENT' OR g.oid IS NOT NULL)
  ORDER BY 1`;

/** Settings with which sessions begin that switch triggers off, or the guard of the trail. */
export const disarmingSettings = `
  SELECT target AS subject, format('begins its sessions with %s', setting) AS problem,
         format('ALTER %s RESET %s', target, split_part(setting, '=', 1)) AS remedy
  FROM pg_db_role_setting s
  CROSS JOIN LATERAL unnest(s.setconfig) AS setting
  CROSS JOIN LATERAL (
    SELECT concat_ws(' IN ', CASE WHEN s.setrole <> 0 THEN format('ROLE %s', s.setrole::regrole) END,
                             CASE WHEN s.setdatabase <> 0 THEN format('DATABASE %I', current_database()) END) AS target
  ) AS named
  WHERE s.setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
    AND setting IN ('session_replication_role=replica', 'audit.maintenance=on')
  ORDER BY 1, 2`;

/** Rights that let somebody write the trail, or call what only its owner may. */
export const extraGrants = `
  WITH trail AS (
    SELECT c.oid, c.relowner, c.relacl, c.relkind FROM pg_class c
    WHERE c.oid IN ('public.audit_logs'::regclass, 'audit.audited_tables'::regclass, 'audit.renames'::regclass,
                    pg_get_serial_sequence('public.audit_logs', 'sequence')::regclass)
       OR c.oid IN (SELECT inhrelid FROM pg_inherits WHERE inhparent = 'public.audit_logs'::regclass)
  ), granted AS (
    SELECT trail.oid::regclass::text AS subject, a.grantee, a.privilege_type AS may, a.privilege_type AS right,
           CASE relkind WHEN 'S' THEN 'SEQUENCE ' ELSE '' END || trail.oid::regclass AS object
    FROM trail CROSS JOIN LATERAL aclexplode(trail.relacl) AS a
    WHERE a.grantee <> trail.relowner AND a.privilege_type <> 'SELECT'
    UNION ALL
    SELECT trail.oid::regclass::text, a.grantee, format('%s of %s', a.privilege_type, attname),
           format('%s (%I)', a.privilege_type, attname), trail.oid::regclass::text
    FROM trail JOIN pg_attribute ON attrelid = trail.oid
    CROSS JOIN LATERAL aclexplode(attacl) AS a
    WHERE a.grantee <> trail.relowner AND a.privilege_type <> 'SELECT'
    UNION ALL
    SELECT 'schema audit', a.grantee, a.privilege_type, a.privilege_type, 'SCHEMA audit'
    FROM pg_namespace n CROSS JOIN LATERAL aclexplode(n.nspacl) AS a
    WHERE n.nspname = 'audit' AND a.grantee <> n.nspowner AND a.privilege_type <> 'USAGE'
    UNION ALL
    SELECT p.oid::regprocedure::text, a.grantee, 'call it', 'ALL', 'FUNCTION ' || p.oid::regprocedure
    FROM pg_proc p
    CROSS JOIN LATERAL aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) AS a
    WHERE p.pronamespace = 'audit'::regnamespace AND a.grantee <> p.proowner
      AND p.oid IS DISTINCT FROM to_regprocedure('audit.record(text, text, text, jsonb)')
  )
  SELECT subject, format('lets %s %s', coalesce(role, 'everybody'), may) AS problem,
         format('REVOKE %s ON %s FROM %s', "right", object, coalesce(role, 'PUBLIC')) AS remedy
  FROM granted
  CROSS JOIN LATERAL (SELECT NULLIF(grantee, 0)::regrole::text AS role) AS named
  ORDER BY 1, 2`;
