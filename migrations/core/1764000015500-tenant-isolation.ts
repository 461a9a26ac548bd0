import type { MigrationInterface, QueryRunner } from 'typeorm';
import { homeSchema } from '../helpers/home-schema.js';

/**
 * The functions that make row-level security of the tenants of tables: audit.isolate() and audit.unisolate().
 *
 * The policies read two settings of the transaction, which the module sends with its first statement:
 *
 * app.tenants          a list of tenants as an array, such as '{a,b}'; '{}' for somebody who belongs to none;
 *                      '*' for all; empty, or not set: no rows
 * app.current_user_id  the user, for rows that a user sees in every tenant; app.on_behalf_of, if somebody acts for
 *                      the user
 *
 * Policies do not apply to the owner of a table and to superusers. So triggers, foreign keys, the functions of
 * this schema, backups and migrations are not restricted.
 */
export class TenantIsolation1764000015500 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE audit.isolated_tables (
        table_name    text    NOT NULL,
        -- Whether somebody who belongs to no tenant reads the rows of all tenants.
        is_public     boolean NOT NULL,
        -- The columns that name a user, who reads the row in every tenant: see audit.isolate.
        owners        jsonb   NOT NULL,
        -- Whether the view audit.visible_… exists.
        is_searchable boolean NOT NULL,
        -- The policies as PostgreSQL prints them, to detect changes.
        policies      text    NOT NULL,
        CONSTRAINT isolated_tables_pkey PRIMARY KEY (table_name)
      );
      ANALYZE audit.isolated_tables;
    `);
    await this.generateConditions(queryRunner);
    await this.isolateTables(queryRunner);
    await queryRunner.query(`REVOKE ALL ON ALL FUNCTIONS IN SCHEMA audit FROM PUBLIC`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      DROP FUNCTION audit.isolate_again(text);
      DROP FUNCTION audit.unisolate(regclass);
      DROP FUNCTION audit.isolate(regclass, boolean, jsonb, boolean);
      DROP FUNCTION audit.drop_isolation(regclass);
      DROP FUNCTION audit.isolate_trail();
      DROP FUNCTION audit.grant_isolation(regrole);
      DROP FUNCTION audit.create_key_functions(regclass);
      DROP FUNCTION audit.policies_of(regclass);
      DROP FUNCTION audit.rows_of_user_sql(regclass, jsonb);
      DROP FUNCTION audit.readable_sql(regclass, boolean, jsonb);
      DROP FUNCTION audit.writable_sql(regclass, boolean);
      DROP FUNCTION audit.reachable_sql(regclass, text, text);
      DROP FUNCTION audit.every_value_sql(text, text, text);
      DROP FUNCTION audit.user_sql(text);
      DROP FUNCTION audit.tenants_sql(text);
      DROP TABLE audit.isolated_tables;
    `);
  }

  private async generateConditions(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      -- SQL of the tenants of the transaction, as an array of a type.
      CREATE FUNCTION audit.tenants_sql(type text) RETURNS text
        LANGUAGE sql IMMUTABLE
        SET search_path = pg_catalog, pg_temp
      AS $function$
        SELECT format($sql$(CASE WHEN current_setting('app.tenants', true) LIKE '{%%'
          THEN current_setting('app.tenants', true) ELSE '{}' END)::%s[]$sql$, type)
      $function$;

      -- SQL of the user of the transaction as a value of a type. NULL for another kind of id, and unless tenants
      -- are set.
      CREATE FUNCTION audit.user_sql(type text) RETURNS text
        LANGUAGE sql IMMUTABLE
        SET search_path = pg_catalog, pg_temp
      AS $function$
        SELECT format($sql$CASE WHEN current_setting('app.tenants', true) <> ''
          AND coalesce(NULLIF(current_setting('app.on_behalf_of', true), ''), current_setting('app.current_user_id', true)) %s
          THEN coalesce(NULLIF(current_setting('app.on_behalf_of', true), ''), current_setting('app.current_user_id', true))::%s END$sql$,
          CASE type WHEN 'uuid' THEN $sql$LIKE '________-____-____-____-____________'$sql$
                    WHEN 'integer' THEN $sql$~ '^\\d{1,9}$'$sql$
                    WHEN 'bigint' THEN $sql$~ '^\\d{1,18}$'$sql$
                    ELSE $sql$<> ''$sql$ END, type)
      $function$;

      -- SQL that is true for every value of a column if app.tenants is one of some values. It is a range where the
      -- type has one: a condition on the column lets PostgreSQL use an index for "these tenants, or all", and
      -- estimate the number of rows from the setting.
      CREATE FUNCTION audit.every_value_sql(column_name text, type text, settings text) RETURNS text
        LANGUAGE plpgsql IMMUTABLE
        SET search_path = pg_catalog, pg_temp
      AS $function$
      DECLARE
        lowest text := CASE type WHEN 'uuid' THEN '00000000-0000-0000-0000-000000000000'
          WHEN 'integer' THEN '-2147483648' WHEN 'bigint' THEN '-9223372036854775808' END;
        highest text := CASE type WHEN 'uuid' THEN 'ffffffff-ffff-ffff-ffff-ffffffffffff'
          WHEN 'integer' THEN '2147483647' WHEN 'bigint' THEN '9223372036854775807' END;
        is_set text := format('current_setting(''app.tenants'', true) IN (%s)', settings);
      BEGIN
        IF lowest IS NULL THEN
          RETURN is_set;
        END IF;
        RETURN format('%1$I BETWEEN CASE WHEN %2$s THEN %3$L::%5$s END AND CASE WHEN %2$s THEN %4$L::%5$s END',
          column_name, is_set, lowest, highest, type);
      END;
      $function$;

      -- SQL of the condition that a user may read a row in every tenant. Each owner is a column that has the user's
      -- id, or, with "table" and "user_column", one that refers to a row that has it.
      CREATE FUNCTION audit.rows_of_user_sql(isolated regclass, owners jsonb) RETURNS text
        LANGUAGE plpgsql STABLE
        SET search_path = pg_catalog, pg_temp
      AS $function$
      DECLARE
        owner jsonb;
        type text;
        condition text := '';
      BEGIN
        FOR owner IN SELECT value FROM jsonb_array_elements(owners) LOOP
          SELECT format_type(a.atttypid, NULL) INTO type FROM pg_attribute a
          WHERE a.attrelid = isolated AND a.attname = owner->>'column' AND NOT a.attisdropped;
          IF type IS NULL THEN
            RAISE EXCEPTION '% has no column "%" to name a user', isolated, owner->>'column' USING ERRCODE = 'undefined_column';
          END IF;
          condition := condition || CASE WHEN owner ? 'table'
            THEN format(' OR %I = ANY ((SELECT audit.%I())::%s[])', owner->>'column', 'own_' || (owner->>'table'), type)
            ELSE format(' OR %I = %s', owner->>'column', audit.user_sql(type)) END;
        END LOOP;
        RETURN condition;
      END;
      $function$;

      -- SQL of the condition that a row belongs to the transaction's tenants, or that app.tenants is one of some
      -- values. The list of tenants is read once, by a subquery. A row without a tenant is global: "global_settings"
      -- is the comparison of app.tenants that reaches it.
      CREATE FUNCTION audit.reachable_sql(isolated regclass, settings text, global_settings text) RETURNS text
        LANGUAGE plpgsql STABLE
        SET search_path = pg_catalog, pg_temp
      AS $function$
      DECLARE
        declared audit.tenant_tables;
        type text;
        is_nullable boolean;
      BEGIN
        SELECT t.* INTO STRICT declared FROM audit.tenant_tables t WHERE t.table_name = audit.recorded_name(isolated);
        SELECT format_type(a.atttypid, NULL), NOT a.attnotnull INTO STRICT type, is_nullable FROM pg_attribute a
        WHERE a.attrelid = isolated AND a.attname = declared.tenant_column AND NOT a.attisdropped;
        RETURN concat(
          format('%I = ANY ((SELECT %s)::%s[])', declared.tenant_column,
            CASE WHEN declared.parent_table IS NULL THEN audit.tenants_sql(type)
                 ELSE format('audit.%I()', 'keys_' || declared.parent_table) END, type),
          ' OR ', audit.every_value_sql(declared.tenant_column, type, settings),
          CASE WHEN is_nullable THEN format(' OR %I IS NULL AND current_setting(''app.tenants'', true) %s',
            declared.tenant_column, global_settings) END);
      END;
      $function$;

      -- SQL of the condition that a transaction may read a row.
      CREATE FUNCTION audit.readable_sql(isolated regclass, is_public boolean, owners jsonb) RETURNS text
        LANGUAGE plpgsql STABLE
        SET search_path = pg_catalog, pg_temp
      AS $function$
      BEGIN
        RETURN audit.reachable_sql(isolated, CASE WHEN is_public THEN '''*'', ''{}''' ELSE '''*''' END, '<> ''''')
          || audit.rows_of_user_sql(isolated, owners);
      END;
      $function$;

      -- SQL of the condition that a transaction may write a row. "one_row" is for a new row, where a subquery would
      -- take longer to plan than the condition to compute.
      CREATE FUNCTION audit.writable_sql(isolated regclass, one_row boolean) RETURNS text
        LANGUAGE plpgsql STABLE
        SET search_path = pg_catalog, pg_temp
      AS $function$
      DECLARE
        declared audit.tenant_tables;
        type text;
      BEGIN
        SELECT t.* INTO STRICT declared FROM audit.tenant_tables t WHERE t.table_name = audit.recorded_name(isolated);
        SELECT format_type(a.atttypid, NULL) INTO STRICT type FROM pg_attribute a
        WHERE a.attrelid = isolated AND a.attname = declared.tenant_column AND NOT a.attisdropped;
        IF NOT one_row THEN
          RETURN audit.reachable_sql(isolated, '''*''', '= ''*''');
        END IF;
        RETURN format('current_setting(''app.tenants'', true) = ''*'' OR %s',
          CASE WHEN declared.parent_table IS NULL THEN format('%I = ANY (%s)', declared.tenant_column, audit.tenants_sql(type))
               ELSE format('audit.%I(%I)', 'has_' || declared.parent_table, declared.tenant_column) END);
      END;
      $function$;

      -- The policies that audit.isolate() makes for a table, and the state of its row-level security, as text.
      CREATE FUNCTION audit.policies_of(isolated regclass) RETURNS text
        LANGUAGE sql STABLE
        SET search_path = pg_catalog, pg_temp
      AS $function$
        SELECT concat_ws(E'\\n', CASE WHEN c.relrowsecurity THEN 'enabled' ELSE 'disabled' END,
          (SELECT string_agg(concat_ws(' ', p.polname, p.polcmd, p.polpermissive, p.polroles::text,
                    pg_get_expr(p.polqual, p.polrelid), 'check', pg_get_expr(p.polwithcheck, p.polrelid)), E'\\n' ORDER BY p.polname)
           FROM pg_policy p WHERE p.polrelid = c.oid AND p.polname LIKE 'tenant\\_%'))
        FROM pg_class c WHERE c.oid = isolated
      $function$;
    `);
  }

  private async isolateTables(queryRunner: QueryRunner): Promise<void> {
    const home = homeSchema(queryRunner);
    await queryRunner.query(`
      -- Functions about the keys of a table whose rows give other tables their tenant. They run as their owner, so
      -- that policies of one table do not apply those of another.
      CREATE FUNCTION audit.create_key_functions(parent regclass) RETURNS void
        LANGUAGE plpgsql
        SET search_path = pg_catalog, pg_temp
      AS $function$
      DECLARE
        recorded text := audit.recorded_name(parent);
        key text := (audit.key_columns(parent))[1];
        type text;
        parent_of text := (SELECT t.parent_table FROM audit.tenant_tables t WHERE t.table_name = recorded);
        tenant text := (SELECT t.tenant_column FROM audit.tenant_tables t WHERE t.table_name = recorded);
        tenant_type text;
        is_of_tenant text;
        name text;
      BEGIN
        SELECT format_type(a.atttypid, NULL) INTO STRICT type FROM pg_attribute a WHERE a.attrelid = parent AND a.attname = key;
        SELECT format_type(a.atttypid, NULL) INTO STRICT tenant_type FROM pg_attribute a WHERE a.attrelid = parent AND a.attname = tenant;
        IF parent_of IS NOT NULL THEN
          PERFORM audit.create_key_functions(audit.relation(parent_of));
        END IF;
        is_of_tenant := CASE WHEN parent_of IS NULL THEN format('p.%I = ANY (%s)', tenant, audit.tenants_sql(tenant_type))
                             ELSE format('p.%I = ANY (audit.%I())', tenant, 'keys_' || parent_of) END;
        EXECUTE format('CREATE OR REPLACE FUNCTION audit.%I() RETURNS %s[] LANGUAGE plpgsql STABLE SECURITY DEFINER
            SET search_path = pg_catalog, pg_temp AS %L', 'keys_' || recorded, type,
          format('BEGIN RETURN ARRAY(SELECT p.%I FROM %s AS p WHERE %s); END', key, parent, is_of_tenant));
        EXECUTE format('CREATE OR REPLACE FUNCTION audit.%I(%s) RETURNS boolean LANGUAGE plpgsql STABLE SECURITY DEFINER
            SET search_path = pg_catalog, pg_temp AS %L', 'has_' || recorded, type,
          format('BEGIN RETURN EXISTS (SELECT FROM %s AS p WHERE p.%I = $1 AND %s); END', parent, key, is_of_tenant));
        FOREACH name IN ARRAY ARRAY[format('audit.%I()', 'keys_' || recorded), format('audit.%I(%s)', 'has_' || recorded, type)] LOOP
          EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', name);
        END LOOP;
      END;
      $function$;

      -- Lets a role of the application run the policies. audit.grant_application calls it too.
      CREATE FUNCTION audit.grant_isolation(application regrole) RETURNS void
        LANGUAGE plpgsql
        SET search_path = pg_catalog, pg_temp
      AS $function$
      DECLARE
        needed text;
      BEGIN
        FOR needed IN
          SELECT p.oid::regprocedure::text FROM pg_proc p
          WHERE p.pronamespace = 'audit'::regnamespace AND p.proname ~ '^(keys|has|own)_'
            AND EXISTS (SELECT FROM audit.isolated_tables)
        LOOP
          EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO %s', needed, application);
        END LOOP;
        FOR needed IN SELECT format('audit.%I', 'visible_' || table_name) FROM audit.isolated_tables WHERE is_searchable LOOP
          EXECUTE format('GRANT SELECT ON %s TO %s', needed, application);
        END LOOP;
      END;
      $function$;

      -- The trail is isolated with the first table.
      CREATE FUNCTION audit.isolate_trail() RETURNS void
        LANGUAGE plpgsql
        SET search_path = pg_catalog, pg_temp
      AS $function$
      DECLARE
        tenants text := audit.tenants_sql('text');
      BEGIN
        DROP POLICY IF EXISTS tenant_read ON ${home}.audit_logs;
        IF NOT EXISTS (SELECT FROM audit.isolated_tables) THEN
          ALTER TABLE ${home}.audit_logs DISABLE ROW LEVEL SECURITY;
          RETURN;
        END IF;
        -- Entries about a table as a whole have no values of rows. Reading the past needs them.
        EXECUTE format($sql$CREATE POLICY tenant_read ON ${home}.audit_logs FOR SELECT USING (
          tenant_id = ANY ((SELECT %1$s)::text[]) OR former_tenant_id = ANY ((SELECT %1$s)::text[])
          OR current_setting('app.tenants', true) = '*'
          OR current_setting('app.tenants', true) <> '' AND record_id IS NULL AND operation IN ('TRUNCATE', 'PRUNE', 'ERASE'))$sql$, tenants);
        ALTER TABLE ${home}.audit_logs ENABLE ROW LEVEL SECURITY;
      END;
      $function$;

      CREATE FUNCTION audit.drop_isolation(isolated regclass) RETURNS void
        LANGUAGE plpgsql
        SET search_path = pg_catalog, pg_temp
      AS $function$
      DECLARE
        command text;
      BEGIN
        FOREACH command IN ARRAY ARRAY['read', 'insert', 'update', 'delete'] LOOP
          EXECUTE format('DROP POLICY IF EXISTS %I ON %s', 'tenant_' || command, isolated);
        END LOOP;
        EXECUTE format('DROP VIEW IF EXISTS audit.%I', 'visible_' || audit.recorded_name(isolated));
      END;
      $function$;

      -- Restricts a table to the tenants of the transaction. Its tenant must be declared: see audit.set_tenant. Call it
      -- again after a change of the column of the tenant, or of an owner.
      --
      -- is_public      lets somebody who belongs to no tenant read the rows of all tenants
      -- owners         a list of columns that name a user, who may read the row in every tenant. A column has the
      --                user's id: {"column": …}. Or it refers to a table that has it:
      --                {"column": …, "table": …, "user_column": …}
      -- is_searchable  also makes the view audit.visible_…, with the rows that the transaction may read, but for those that
      --                it may read as their owner. PostgreSQL uses no index for an operator that is not LEAKPROOF on
      --                a table with policies, such as those of pg_trgm and PostGIS. On the view it does.
      CREATE FUNCTION audit.isolate(
        isolated regclass, is_public boolean DEFAULT false, owners jsonb DEFAULT '[]', is_searchable boolean DEFAULT false
      ) RETURNS void
        LANGUAGE plpgsql
        SET search_path = pg_catalog, pg_temp
      AS $function$
      #variable_conflict use_variable
      DECLARE
        recorded text := audit.recorded_name(isolated);
        declared audit.tenant_tables;
        owner jsonb;
        owner_table regclass;
        application text;
      BEGIN
        SELECT t.* INTO declared FROM audit.tenant_tables t WHERE t.table_name = recorded;
        IF NOT FOUND THEN
          RAISE EXCEPTION '% has no tenant to isolate. Call audit.set_tenant(%, …) first', isolated, quote_literal(isolated)
            USING ERRCODE = 'object_not_in_prerequisite_state';
        END IF;
        PERFORM audit.drop_isolation(isolated);
        IF declared.parent_table IS NOT NULL THEN
          PERFORM audit.create_key_functions(audit.relation(declared.parent_table));
        END IF;
        FOR owner IN SELECT value FROM jsonb_array_elements(owners) WHERE value ? 'table' LOOP
          owner_table := audit.relation(owner->>'table');
          EXECUTE (SELECT format('CREATE OR REPLACE FUNCTION audit.%I() RETURNS %s[] LANGUAGE plpgsql STABLE SECURITY DEFINER
              SET search_path = pg_catalog, pg_temp AS %L', 'own_' || (owner->>'table'), format_type(k.atttypid, NULL),
            format('BEGIN RETURN ARRAY(SELECT p.%I FROM %s AS p WHERE p.%I = %s); END', k.attname, owner_table, u.attname,
              audit.user_sql(format_type(u.atttypid, NULL))))
            FROM pg_attribute k, pg_attribute u
            WHERE k.attrelid = owner_table AND k.attname = (audit.key_columns(owner_table))[1]
              AND u.attrelid = owner_table AND u.attname = owner->>'user_column');
          EXECUTE format('REVOKE ALL ON FUNCTION audit.%I() FROM PUBLIC', 'own_' || (owner->>'table'));
        END LOOP;
        EXECUTE format('CREATE POLICY tenant_read ON %s FOR SELECT USING (%s)', isolated,
          audit.readable_sql(isolated, is_public, owners));
        EXECUTE format('CREATE POLICY tenant_insert ON %s FOR INSERT WITH CHECK (%s)', isolated, audit.writable_sql(isolated, true));
        EXECUTE format('CREATE POLICY tenant_update ON %s FOR UPDATE USING (%s) WITH CHECK (%s)', isolated,
          audit.writable_sql(isolated, false), audit.writable_sql(isolated, true));
        EXECUTE format('CREATE POLICY tenant_delete ON %s FOR DELETE USING (%s)', isolated, audit.writable_sql(isolated, false));
        EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', isolated);
        IF is_searchable THEN
          -- IS TRUE keeps the planner from reading an index for this condition: a search has its own.
          EXECUTE format('CREATE VIEW audit.%I AS SELECT * FROM %s WHERE (%s) IS TRUE', 'visible_' || recorded, isolated,
            audit.readable_sql(isolated, is_public, '[]'));
        END IF;
        INSERT INTO audit.isolated_tables VALUES (recorded, is_public, owners, is_searchable, audit.policies_of(isolated))
        ON CONFLICT ON CONSTRAINT isolated_tables_pkey DO UPDATE SET is_public = excluded.is_public, owners = excluded.owners,
          is_searchable = excluded.is_searchable, policies = excluded.policies;
        PERFORM audit.isolate_trail();
        FOR application IN SELECT r.role_name FROM audit.application_roles r JOIN pg_roles ON rolname = r.role_name LOOP
          PERFORM audit.grant_isolation(quote_ident(application)::regrole);
        END LOOP;
      END;
      $function$;

      -- Removes the policies of a table. The trail stays isolated while any table is.
      CREATE FUNCTION audit.unisolate(isolated regclass) RETURNS void
        LANGUAGE plpgsql
        SET search_path = pg_catalog, pg_temp
      AS $function$
      DECLARE
        unused regprocedure;
      BEGIN
        PERFORM audit.drop_isolation(isolated);
        EXECUTE format('ALTER TABLE %s DISABLE ROW LEVEL SECURITY', isolated);
        DELETE FROM audit.isolated_tables WHERE table_name = audit.recorded_name(isolated);
        PERFORM audit.isolate_trail();
        IF NOT EXISTS (SELECT FROM audit.isolated_tables) THEN
          FOR unused IN SELECT p.oid::regprocedure FROM pg_proc p
            WHERE p.pronamespace = 'audit'::regnamespace AND p.proname ~ '^(keys|has|own)_' LOOP
            EXECUTE format('DROP FUNCTION %s', unused);
          END LOOP;
        END IF;
      END;
      $function$;

      -- Isolates a table, and those that have their tenant from it, again as they were: their names have changed.
      CREATE FUNCTION audit.isolate_again(recorded_name text) RETURNS void
        LANGUAGE plpgsql
        SET search_path = pg_catalog, pg_temp
      AS $function$
      BEGIN
        PERFORM audit.isolate(audit.relation(i.table_name), i.is_public, i.owners, i.is_searchable)
        FROM audit.isolated_tables i
        WHERE i.table_name IN (SELECT audit.tenant_heirs(recorded_name))
           OR EXISTS (SELECT FROM jsonb_array_elements(i.owners) AS owner WHERE owner->>'table' = recorded_name);
      END;
      $function$;
    `);
  }
}
