import type { MigrationInterface, QueryRunner } from 'typeorm';
import { homeSchema } from '../helpers/home-schema.js';

/** Functions that change the trail besides the triggers: own entries, pruning and erasure. */
export class AuditMaintenance1764000014000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await this.recordEntries(queryRunner);
    await this.prune(queryRunner);
    await this.erase(queryRunner);
    await queryRunner.query(`REVOKE ALL ON ALL FUNCTIONS IN SCHEMA audit FROM PUBLIC`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      DROP FUNCTION audit.erase_context(text);
      DROP FUNCTION audit.erase(text, text[], text[]);
      DROP FUNCTION audit.erased_context(jsonb, text[]);
      DROP FUNCTION audit.drop_month(text);
      DROP FUNCTION audit.months_before(timestamptz);
      DROP FUNCTION audit.prune(text, timestamptz, integer);
      DROP FUNCTION audit.record(text, text, text, jsonb);
      DROP FUNCTION audit.wrote_for_others(bigint[], timestamptz, text[]);
      DROP FUNCTION audit.add_entry(text, text, text, jsonb, text);
      DROP FUNCTION audit.tenant_of_subject(text, text);
    `);
  }

  private async recordEntries(queryRunner: QueryRunner): Promise<void> {
    const home = homeSchema(queryRunner);
    await queryRunner.query(`
      -- The tenant of the subject of an application's own entry: that of its row, else the one tenant that the
      -- transaction is restricted to.
      CREATE FUNCTION audit.tenant_of_subject(subject text, subject_id text) RETURNS text
        LANGUAGE plpgsql STABLE
        SET search_path = pg_catalog, pg_temp
      AS $function$
      DECLARE
        subject_table regclass := (SELECT audit.relation(t.table_name) FROM audit.tenant_tables t WHERE t.table_name = subject);
        tenant text;
        tenants text := current_setting('app.tenants', true);
      BEGIN
        IF subject_table IS NOT NULL AND cardinality(audit.key_columns(subject_table)) = 1 THEN
          EXECUTE format('SELECT %s FROM %s AS t WHERE %s = $1', audit.tenant_sql(subject_table, 't'), subject_table,
            audit.key_sql(subject_table, '{}', 't', true)) INTO tenant USING subject_id;
          tenant := coalesce(tenant, audit.tenant_of_deleted(subject, subject_id));
        END IF;
        RETURN coalesce(tenant, CASE WHEN tenants LIKE '{%' AND cardinality(tenants::text[]) = 1 THEN (tenants::text[])[1] END);
      END;
      $function$;

      -- Writes an entry with the attribution of the current transaction. Internal: applications call audit.record.
      CREATE FUNCTION audit.add_entry(operation text, subject text, subject_id text, details jsonb, tenant text DEFAULT NULL)
        RETURNS bigint
        LANGUAGE sql
        SET search_path = pg_catalog, pg_temp
      AS $function$
        INSERT INTO ${home}.audit_logs (operation, table_name, record_id, new_data, tenant_id,
          user_id, user_key, actor_name, on_behalf_of, reason, context, request_id, route, database_role, transaction_id)
        VALUES (operation, subject, subject_id, details, tenant,
          CASE WHEN current_setting('app.current_user_id', true) LIKE '________-____-____-____-____________'
            THEN current_setting('app.current_user_id', true)::uuid END,
          CASE WHEN current_setting('app.current_user_id', true) NOT LIKE '________-____-____-____-____________'
            THEN NULLIF(current_setting('app.current_user_id', true), '') END,
          NULLIF(current_setting('app.actor_name', true), ''),
          NULLIF(current_setting('app.on_behalf_of', true), ''),
          left(NULLIF(current_setting('app.reason', true), ''), 500),
          NULLIF(current_setting('app.context', true), '')::jsonb,
          NULLIF(current_setting('app.request_id', true), ''),
          NULLIF(current_setting('app.route', true), ''),
          coalesce(NULLIF(current_setting('role'), 'none'), session_user),
          pg_current_xact_id()::text::bigint)
        RETURNING sequence
      $function$;

      -- Whether transactions, of which the first began at a time, wrote rows besides those of some tenants. A caller
      -- that is bound to the tenants cannot see the entries of others.
      CREATE FUNCTION audit.wrote_for_others(transactions bigint[], since timestamptz, tenants text[]) RETURNS boolean
        LANGUAGE plpgsql STABLE SECURITY DEFINER
        SET search_path = pg_catalog, pg_temp
      AS $function$
      BEGIN
        RETURN EXISTS (
          SELECT FROM ${home}.audit_logs l
          WHERE l.transaction_id = ANY (transactions) AND l.created_at >= since
            AND l.operation IN ('INSERT', 'UPDATE', 'DELETE', 'TRUNCATE')
            AND (l.tenant_id = ANY (tenants) OR l.former_tenant_id = ANY (tenants)) IS NOT TRUE);
      END;
      $function$;

      -- Writes an application's own entry. Its action must have a dot, so that it differs from the operations of
      -- triggers, which are single words in capitals.
      CREATE FUNCTION audit.record(action text, subject text, subject_id text, details jsonb)
        RETURNS bigint
        LANGUAGE plpgsql SECURITY DEFINER
        SET search_path = pg_catalog, pg_temp
      AS $function$
      BEGIN
        IF action !~ '^[a-z][a-z0-9_]*([.][a-z0-9_]+)+$' THEN
          RAISE EXCEPTION 'the name of an action has the form "stripe.refund_created", not "%"', action
            USING ERRCODE = 'invalid_parameter_value';
        END IF;
        IF current_setting('app.unattributed_writes', true) = 'reject'
           AND coalesce(NULLIF(current_setting('app.current_user_id', true), ''),
                        NULLIF(current_setting('app.actor_name', true), '')) IS NULL THEN
          PERFORM audit.refuse_unattributed(subject);
        END IF;
        RETURN audit.add_entry(action, subject, subject_id, details, audit.tenant_of_subject(subject, subject_id));
      END;
      $function$;
    `);
  }

  private async prune(queryRunner: QueryRunner): Promise<void> {
    const home = homeSchema(queryRunner);
    await queryRunner.query(`
      -- Deletes up to "batch" entries of a table that are older than "before", oldest first, and returns their
      -- number. Entries about pruning and erasure stay. A time in the future counts as now, so that the PRUNE entry
      -- does not cover later entries.
      CREATE FUNCTION audit.prune(pruned_table text, before timestamptz, batch integer) RETURNS integer
        LANGUAGE plpgsql SECURITY DEFINER
        SET search_path = pg_catalog, pg_temp
      AS $function$
      DECLARE
        horizon timestamptz := least(before, now());
        deleted integer;
      BEGIN
        PERFORM audit.begin_maintenance();
        DELETE FROM ${home}.audit_logs
        WHERE (audit_logs_id, created_at) IN (
          SELECT l.audit_logs_id, l.created_at FROM ${home}.audit_logs l
          WHERE l.table_name = pruned_table AND l.created_at < horizon
            AND l.operation NOT IN ('PRUNE', 'ERASE')
          ORDER BY l.sequence
          LIMIT batch);
        GET DIAGNOSTICS deleted = ROW_COUNT;
        IF deleted > 0 THEN
          PERFORM audit.add_entry('PRUNE', pruned_table, NULL,
            jsonb_build_object('before', horizon, 'entries', deleted));
        END IF;
        PERFORM set_config('audit.maintenance', '', true);
        RETURN deleted;
      END;
      $function$;

      -- The monthly partitions that end before a time and before now, oldest first.
      CREATE FUNCTION audit.months_before(before timestamptz) RETURNS SETOF text
        LANGUAGE sql STABLE
        SET search_path = pg_catalog, pg_temp
        SET timezone = 'UTC'
      AS $function$
        SELECT c.relname::text
        FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = '${home}.audit_logs'::regclass AND c.relname ~ '^audit_logs_\\d{4}_\\d{2}$'
          AND to_date(right(c.relname, 7), 'YYYY_MM') + interval '1 month' <= least(before, now())
        ORDER BY c.relname
      $function$;

      -- Drops the partition of a month that is over, and returns the number of its entries by table. Entries about
      -- pruning and erasure move to the default partition.
      CREATE FUNCTION audit.drop_month(month text) RETURNS TABLE (pruned_table text, entries bigint)
        LANGUAGE plpgsql SECURITY DEFINER
        SET search_path = pg_catalog, pg_temp
        SET timezone = 'UTC'
      AS $function$
      DECLARE
        lock_timeout text := current_setting('lock_timeout');
        kept ${home}.audit_logs[];
      BEGIN
        PERFORM audit.begin_maintenance();
        -- Another process may have dropped it meanwhile.
        IF month IN (SELECT audit.months_before('infinity')) THEN
          -- Waits for open writes to the partition, so that all its entries are counted. Reads can continue.
          EXECUTE format('LOCK TABLE audit.%I IN SHARE MODE', month);
          -- Writes a PRUNE entry for each table.
          FOR pruned_table, entries IN EXECUTE format(
            'SELECT table_name, count(*) FROM audit.%I WHERE operation NOT IN (''PRUNE'', ''ERASE'') GROUP BY 1', month)
          LOOP
            PERFORM audit.add_entry('PRUNE', pruned_table, NULL, jsonb_build_object(
              'before', (to_date(right(month, 7), 'YYYY_MM') + interval '1 month')::timestamptz,
              'entries', entries, 'partition', month));
            RETURN NEXT;
          END LOOP;
          EXECUTE format(
            'SELECT array_agg(l::${home}.audit_logs) FROM audit.%I l WHERE operation IN (''PRUNE'', ''ERASE'')', month)
            INTO kept;
          -- From here on, readers and writers of the trail have to wait, also for this function when it waits for an
          -- open transaction. So it gives up soon, and the caller tries again later.
          PERFORM set_config('lock_timeout', '80ms', true);
          LOCK TABLE ONLY ${home}.audit_logs IN ACCESS EXCLUSIVE MODE;
          EXECUTE format('ALTER TABLE ${home}.audit_logs DETACH PARTITION audit.%I', month);
          INSERT INTO ${home}.audit_logs OVERRIDING SYSTEM VALUE SELECT * FROM unnest(kept);
          EXECUTE format('DROP TABLE audit.%I', month);
          PERFORM set_config('lock_timeout', lock_timeout, true);
        END IF;
        PERFORM set_config('audit.maintenance', '', true);
      END;
      $function$;
    `);
  }

  private async erase(queryRunner: QueryRunner): Promise<void> {
    const home = homeSchema(queryRunner);
    await queryRunner.query(`
      -- A context with "[erased]" in place of some values, or of all if no keys are given.
      CREATE FUNCTION audit.erased_context(context jsonb, keys text[]) RETURNS jsonb
        LANGUAGE sql IMMUTABLE
        SET search_path = pg_catalog, pg_temp
      AS $function$
        SELECT jsonb_object_agg(key, CASE WHEN keys IS NULL OR key = ANY (keys) THEN '"[erased]"' ELSE value END)
        FROM jsonb_each(context)
      $function$;

      -- Replaces the values of some columns by "[erased]" in all images of some records, and returns the number of
      -- changed entries. It also does so in the details of an application's own entries, in keys of several
      -- columns, and in the reasons and contexts of the entries, which may be about the person.
      CREATE FUNCTION audit.erase(erased_table text, record_ids text[], columns text[]) RETURNS integer
        LANGUAGE plpgsql SECURITY DEFINER
        SET search_path = pg_catalog, pg_temp
      AS $function$
      DECLARE
        changed integer;
        keys text[] := audit.key_columns(audit.relation(erased_table));
      BEGIN
        PERFORM audit.begin_maintenance();
        WITH erased AS (
          SELECT l.audit_logs_id, l.created_at,
                 CASE WHEN cardinality(keys) > 1 AND keys && columns
                      THEN (l.record_id::jsonb || (SELECT jsonb_object_agg(key, '[erased]')
                              FROM unnest(keys) AS key WHERE key = ANY (columns)))::text
                      ELSE l.record_id END AS record_id,
                 CASE WHEN l.reason IS NOT NULL THEN '[erased]' END AS reason,
                 audit.erased_context(l.context, NULL) AS context,
                 image.before || coalesce((SELECT jsonb_object_agg(key, '[erased]') FROM jsonb_each(image.before)
                   WHERE key = ANY (columns) AND value <> 'null'), '{}') AS before,
                 image.after || coalesce((SELECT jsonb_object_agg(key, '[erased]') FROM jsonb_each(image.after)
                   WHERE key = ANY (columns) AND value <> 'null'), '{}') AS after
          FROM ${home}.audit_logs l
          CROSS JOIN LATERAL (SELECT l.old_data AS before, l.new_data AS after) AS image
          WHERE l.table_name = erased_table AND l.record_id = ANY (record_ids)
            AND l.operation NOT IN ('TRUNCATE', 'PRUNE', 'ERASE')
        )
        UPDATE ${home}.audit_logs l
        SET record_id = e.record_id, old_data = e.before, new_data = e.after, reason = e.reason, context = e.context
        FROM erased e
        WHERE l.audit_logs_id = e.audit_logs_id AND l.created_at = e.created_at
          AND (l.record_id, l.old_data, l.new_data, l.reason, l.context)
            IS DISTINCT FROM (e.record_id, e.before, e.after, e.reason, e.context);
        GET DIAGNOSTICS changed = ROW_COUNT;
        IF changed > 0 THEN
          PERFORM audit.add_entry('ERASE', erased_table, NULL,
            jsonb_build_object('columns', columns, 'entries', changed));
        END IF;
        PERFORM set_config('audit.maintenance', '', true);
        RETURN changed;
      END;
      $function$;

      -- Erases what entries say about a person besides the images: the address and the user agent of what the
      -- person did, and the reasons and contexts of what others did on behalf of the person. Returns the number
      -- of changed entries by table.
      CREATE FUNCTION audit.erase_context(person text) RETURNS TABLE (erased_table text, entries bigint)
        LANGUAGE plpgsql SECURITY DEFINER
        SET search_path = pg_catalog, pg_temp
      AS $function$
      DECLARE
        person_id uuid := CASE WHEN person LIKE '________-____-____-____-____________' THEN person::uuid END;
      BEGIN
        PERFORM audit.begin_maintenance();
        FOR erased_table, entries IN
          WITH erased AS (
            SELECT l.audit_logs_id, l.created_at,
              CASE WHEN l.on_behalf_of = person AND l.reason IS NOT NULL THEN '[erased]' ELSE l.reason END AS reason,
              audit.erased_context(l.context,
                CASE WHEN l.on_behalf_of IS DISTINCT FROM person THEN '{ip,userAgent}'::text[] END) AS context
            FROM ${home}.audit_logs l
            WHERE l.user_id = person_id OR l.user_key = person OR l.on_behalf_of = person
          ), changed AS (
            UPDATE ${home}.audit_logs l SET reason = e.reason, context = e.context
            FROM erased e
            WHERE l.audit_logs_id = e.audit_logs_id AND l.created_at = e.created_at
              AND (l.reason, l.context) IS DISTINCT FROM (e.reason, e.context)
            RETURNING l.table_name
          )
          SELECT c.table_name, count(*) FROM changed c GROUP BY 1 ORDER BY 1
        LOOP
          PERFORM audit.add_entry('ERASE', erased_table, NULL, jsonb_build_object('columns', '[]'::jsonb, 'entries', entries));
          RETURN NEXT;
        END LOOP;
        PERFORM set_config('audit.maintenance', '', true);
      END;
      $function$;
    `);
  }
}
