/*
 * Each query returns a row for each problem, with subject, problem and remedy.
 */

const trail = `format('%s.audit_logs', audit.home())::regclass`;
const trailSequence = `pg_get_serial_sequence(format('%s.audit_logs', audit.home()), 'sequence')`;

/**
 * Tables in the schema of the trail that are neither audited, nor exempt ($1), nor part of an extension; and tables that are
 * listed as audited and do not exist.
 */
export const unwatchedTables = `
  SELECT c.relname AS subject, 'is not audited' AS problem,
         format('in a migration: SELECT audit.attach(%L) -- or name it among the exemptions', c.relname) AS remedy
  FROM pg_class c
  WHERE c.relnamespace = audit.home() AND c.relkind IN ('r', 'p')
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

/** Tables in other schemas whose entities are marked `@Audited()` ($1), and that are not audited. */
export const unkeptPromises = `
  SELECT name AS subject, 'is not audited, and its entity is marked @Audited()' AS problem,
         format('in a migration: SELECT audit.attach(%L)', name) AS remedy
  FROM unnest($1::text[]) AS name
  WHERE strpos(name, '.') > 0
    AND NOT EXISTS (SELECT FROM audit.audited_tables t WHERE t.table_name = name)
  ORDER BY 1`;

/** SQL of the remedy that attaches the audited table `t` again as it was. */
const attachAgain = `
  CASE WHEN t.incidental_columns = '{}' THEN format('in a migration: SELECT audit.attach(%L, %L)', t.table_name, t.redacted_columns)
       ELSE format('in a migration: SELECT audit.attach(%L, %L, %L)', t.table_name, t.redacted_columns, t.incidental_columns) END`;

/** Audit triggers that are missing, disabled or changed, or that call another function. */
export const faultyTriggers = `
  WITH audited AS (
    SELECT table_name, audit.relation(table_name) AS relation FROM audit.audited_tables
  ), kinds AS (
    -- pg_trigger.tgtype: 1 for each row, 2 before, and the event's own bit.
    SELECT l.event, a.table_name, a.relation, kind.bit + (l.level <> 'statement')::int AS type,
           CASE WHEN l.level <> 'row' THEN kind.old_table END AS old_table,
           CASE WHEN l.level <> 'row' THEN kind.new_table END AS new_table
    FROM audited a
    CROSS JOIN LATERAL audit.recording_levels(a.relation) AS l
    JOIN (VALUES ('insert', 4, NULL, 'new_rows'), ('delete', 8, 'old_rows', NULL),
                 ('update', 16, 'old_rows', 'new_rows')) AS kind (event, bit, old_table, new_table) USING (event)
    UNION ALL
    SELECT 'truncate', a.table_name, a.relation, 32, NULL, NULL FROM audited a
  ), expected AS (
    SELECT k.table_name, on_table.relation, on_table.is_partition, '!audit_' || k.event AS trigger_name,
           k.type + CASE WHEN k.type = 32 AND on_table.is_partition THEN 2 ELSE 0 END AS type,
           k.old_table, k.new_table, to_regproc(format('audit.%I', audit.recorder_name(k.relation))) AS recorder
    FROM kinds k
    CROSS JOIN LATERAL (
      SELECT k.relation, false AS is_partition
      UNION ALL
      SELECT audit.leaf_partitions(k.relation), true
    ) AS on_table
    WHERE k.relation IS NOT NULL
  )
  SELECT table_name AS subject,
         CASE WHEN g.oid IS NULL THEN format('lacks the trigger %I', trigger_name)
              WHEN g.tgenabled NOT IN ('O', 'A') THEN format('has the trigger %I switched off', trigger_name)
              WHEN g.tgfoid IS DISTINCT FROM recorder THEN format('has the trigger %I calling %s', trigger_name, g.tgfoid::regproc)
              ELSE format('has the trigger %I with another definition', trigger_name) END
           || CASE WHEN is_partition THEN format(' on its partition %s', relation) ELSE '' END AS problem,
         CASE WHEN g.tgenabled NOT IN ('O', 'A') THEN format('ALTER TABLE %s ENABLE TRIGGER %I', relation, trigger_name)
              ELSE (SELECT ${attachAgain} FROM audit.audited_tables t WHERE t.table_name = expected.table_name) END AS remedy
  FROM expected
  LEFT JOIN pg_trigger g ON g.tgrelid = relation AND g.tgname = trigger_name
  WHERE g.oid IS NULL OR g.tgenabled NOT IN ('O', 'A') OR g.tgfoid IS DISTINCT FROM recorder
     OR g.tgtype <> type OR g.tgqual IS NOT NULL OR cardinality(g.tgattr::int2[]) > 0
     OR g.tgoldtable IS DISTINCT FROM old_table OR g.tgnewtable IS DISTINCT FROM new_table
  ORDER BY 1, 2`;

/** Recording functions that do not match the table's current columns, primary key or declared columns. */
export const staleFunctions = `
  SELECT t.table_name AS subject,
         CASE WHEN p.oid IS NULL THEN 'has no recording function'
              ELSE 'has a recording function that does not fit its columns or its options' END AS problem,
         ${attachAgain} AS remedy
  FROM audit.audited_tables t
  LEFT JOIN pg_proc p ON p.oid = to_regproc(format('audit.%I', audit.recorder_name(audit.relation(t.table_name))))
  WHERE audit.relation(t.table_name) IS NOT NULL
    AND NOT audit.is_current(audit.relation(t.table_name), t.redacted_columns, t.incidental_columns)
  ORDER BY 1`;

/** Audited tables that have changed so that they can no longer be recorded exactly. */
export const unrecordable = `
  SELECT t.table_name AS subject, 'cannot be recorded exactly: ' || r.problem AS problem, r.remedy
  FROM audit.audited_tables t CROSS JOIN LATERAL audit.refusals(audit.relation(t.table_name)) AS r
  ORDER BY 1, 2`;

/**
 * Other triggers that call recording functions. They would record a write twice, or one that never happened.
 */
export const strayTriggers = `
  SELECT g.tgrelid::regclass::text AS subject,
         format('has a trigger %s besides its own that calls %s', g.tgname, g.tgfoid::regproc) AS problem,
         format('DROP TRIGGER %I ON %s', g.tgname, g.tgrelid::regclass) AS remedy
  FROM pg_trigger g
  JOIN pg_proc p ON p.oid = g.tgfoid
  JOIN pg_class c ON c.oid = g.tgrelid
  WHERE p.pronamespace = 'audit'::regnamespace AND p.proname LIKE 'record\\_%' AND g.tgparentid = 0
    AND NOT (p.proname = audit.recorder_name(coalesce(pg_partition_root(c.oid), c.oid))
      AND g.tgname IN ('!audit_insert', '!audit_update', '!audit_delete', '!audit_truncate'))
  ORDER BY 1, 2`;

/** Functions of the package without a safe search path, and recording functions without SECURITY DEFINER. */
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
  WHERE (p.pronamespace = 'audit'::regnamespace OR p.oid = to_regproc(format('%s.set_updated_at', audit.home())))
    AND (unpinned OR as_caller)
  ORDER BY 1`;

/** Triggers that keep the trail from being changed, where they are missing, disabled or changed. */
export const unprotectedTrail = `
  WITH parts AS (
    SELECT ${trail}::oid AS oid, true AS is_whole
    UNION ALL
    SELECT inhrelid, false FROM pg_inherits WHERE inhparent = ${trail}
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

/** Settings of roles and databases that disable triggers, or the protection of the trail, in new sessions. */
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

/**
 * Privileges that let roles other than the owner write to the trail, or call functions that only the owner
 * may call.
 */
export const extraGrants = `
  WITH trail AS (
    SELECT c.oid, c.relowner, c.relacl, c.relkind FROM pg_class c
    WHERE c.oid IN (${trail}, 'audit.audited_tables'::regclass, 'audit.application_roles'::regclass,
                   'audit.renames'::regclass, 'audit.working_tables'::regclass,
                   'audit.tenant_tables'::regclass, 'audit.isolated_tables'::regclass,
                    ${trailSequence}::regclass)
       OR c.oid IN (SELECT inhrelid FROM pg_inherits WHERE inhparent = ${trail})
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
      -- The functions that policies call: see audit.isolate.
      AND p.proname !~ '^(keys|has|own)_'
      AND NOT EXISTS (
        SELECT FROM audit.application_roles r JOIN pg_roles g ON g.rolname = r.role_name
        WHERE g.oid = a.grantee AND (r.maintains AND p.oid = 'audit.create_partitions(integer)'::regprocedure
          OR r.retires AND p.oid IN ('audit.months_before(timestamptz)'::regprocedure, 'audit.drop_month(text)'::regprocedure)))
      AND p.oid <> ALL (ARRAY['audit.record(text, text, text, jsonb)', 'audit.wrote_for_others(bigint[], timestamptz, text[])', 'audit.home()', 'audit.partition_status()', 'audit.reading_sql(regclass, text[])',
        'audit.pinned_json(anyelement)', 'audit.pinned_text(anyelement)', 'audit.write_image(text, anyelement)', 'audit.same_row(record)']::regprocedure[])
  )
  SELECT subject, format('lets %s %s', coalesce(role, 'everybody'), may) AS problem,
         format('REVOKE %s ON %s FROM %s', "right", object, coalesce(role, 'PUBLIC')) AS remedy
  FROM granted
  CROSS JOIN LATERAL (SELECT NULLIF(grantee, 0)::regrole::text AS role) AS named
  ORDER BY 1, 2`;

/** Privileges that a role of the application has lost, for example by a restore without privileges. */
export const missingGrants = `
  WITH needed AS (
    SELECT r.role_name, audit.relation(t.table_name) AS relation, privilege
    FROM audit.application_roles r
    CROSS JOIN (SELECT table_name FROM audit.audited_tables
                UNION ALL SELECT table_name FROM audit.working_tables) AS t
    CROSS JOIN unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']) AS privilege
    UNION ALL
    SELECT r.role_name, ${trail}, 'SELECT' FROM audit.application_roles r
  )
  SELECT g.oid::regrole::text AS subject,
         format('has lost its right to %s %s', string_agg(DISTINCT privilege, ', '), min(relation::text))
           || CASE WHEN count(DISTINCT relation) > 1 THEN format(' and %s other tables', count(DISTINCT relation) - 1) ELSE '' END AS problem,
         format('SELECT audit.grant_application(%L)', g.oid::regrole) AS remedy
  FROM needed JOIN pg_roles g ON g.rolname = needed.role_name
  WHERE relation IS NOT NULL AND NOT has_table_privilege(g.oid, relation, privilege)
  GROUP BY g.oid
  ORDER BY 1`;

/**
 * A `sequence` that is behind the newest entry, for example after a cut-over by logical replication. It would
 * give out numbers again.
 */
export const repeatedSequence = `
  SELECT 'audit_logs' AS subject,
         format('numbers its entries from %s on, and has some up to %s', coalesce(counter.value, 0) + 1, highest.value) AS problem,
         format('SELECT setval(%L, %s)', ${trailSequence}, highest.value) AS remedy
  FROM (SELECT max(sequence) AS value FROM audit_logs) AS highest,
       (SELECT pg_sequence_last_value(${trailSequence}::regclass) AS value) AS counter
  WHERE highest.value > coalesce(counter.value, 0)`;
