import type { MigrationInterface, QueryRunner } from 'typeorm';
import { homeSchema } from '../helpers/home-schema.js';

/** The named functions that may do more to the trail than the triggers: entries, pruning, erasure. */
export class AuditMaintenance1764000014000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await this.recordEntries(queryRunner);
    await this.prune(queryRunner);
    await this.erase(queryRunner);
    await queryRunner.query(`REVOKE ALL ON ALL FUNCTIONS IN SCHEMA audit FROM PUBLIC`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      DROP FUNCTION audit.erase(text, text[], text[]);
      DROP FUNCTION audit.drop_month(text);
      DROP FUNCTION audit.months_before(timestamptz);
      DROP FUNCTION audit.prune(text, timestamptz, integer);
      DROP FUNCTION audit.record(text, text, text, jsonb);
      DROP FUNCTION audit.add_entry(text, text, text, jsonb);
    `);
  }

  private async recordEntries(queryRunner: QueryRunner): Promise<void> {
    const home = homeSchema(queryRunner);
    await queryRunner.query(`
      -- An entry that no trigger wrote, on the occasion of the transaction around. Not for applications.
      CREATE FUNCTION audit.add_entry(operation text, subject text, subject_id text, details jsonb)
        RETURNS bigint
        LANGUAGE sql
        SET search_path = pg_catalog, pg_temp
      AS $function$
        INSERT INTO ${home}.audit_logs (operation, table_name, record_id, new_data,
          user_id, user_key, actor_name, request_id, route, database_role, transaction_id)
        VALUES (operation, subject, subject_id, details,
          CASE WHEN current_setting('app.current_user_id', true) LIKE '________-____-____-____-____________'
            THEN current_setting('app.current_user_id', true)::uuid END,
          CASE WHEN current_setting('app.current_user_id', true) NOT LIKE '________-____-____-____-____________'
            THEN NULLIF(current_setting('app.current_user_id', true), '') END,
          NULLIF(current_setting('app.actor_name', true), ''),
          NULLIF(current_setting('app.request_id', true), ''),
          NULLIF(current_setting('app.route', true), ''),
          coalesce(NULLIF(current_setting('role'), 'none'), session_user),
          pg_current_xact_id()::text::bigint)
        RETURNING sequence
      $function$;

      -- An application's own entry, for what touches no table. It cannot pass for a trigger's: those
      -- operations are one word in capitals, an application's action has a dot in it.
      CREATE FUNCTION audit.record(action text, subject text, subject_id text, details jsonb)
        RETURNS bigint
        LANGUAGE plpgsql SECURITY DEFINER
        SET search_path = pg_catalog, pg_temp
      AS $function$
      BEGIN
        IF action !~ '^[a-z][a-z0-9_]*([.][a-z0-9_]+)+$' THEN
          RAISE EXCEPTION 'an action is named like "stripe.refund_created", not "%"', action
            USING ERRCODE = 'invalid_parameter_value';
        END IF;
        IF current_setting('app.unattributed_writes', true) = 'reject'
           AND coalesce(NULLIF(current_setting('app.current_user_id', true), ''),
                        NULLIF(current_setting('app.actor_name', true), '')) IS NULL THEN
          PERFORM audit.refuse_unattributed(subject);
        END IF;
        RETURN audit.add_entry(action, subject, subject_id, details);
      END;
      $function$;
    `);
  }

  private async prune(queryRunner: QueryRunner): Promise<void> {
    const home = homeSchema(queryRunner);
    await queryRunner.query(`
      -- Deletes up to "batch" entries of a table that are older than "before", oldest first, and returns
      -- how many. The trail's own records of pruning and erasure stay, and whatever comes after this
      -- moment: what a record says was pruned must not hold for entries yet to come.
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

      -- The partitions of months that lie wholly before a time and are over, oldest first.
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

      -- Drops a month that is over, whatever it holds, and returns how many entries of which tables went.
      -- The trail's own records of pruning and erasure stay: they move to the default partition.
      CREATE FUNCTION audit.drop_month(month text) RETURNS TABLE (pruned_table text, entries bigint)
        LANGUAGE plpgsql SECURITY DEFINER
        SET search_path = pg_catalog, pg_temp
        SET timezone = 'UTC'
      AS $function$
      BEGIN
        PERFORM audit.begin_maintenance();
        -- Somebody else may have dropped it meanwhile.
        IF month IN (SELECT audit.months_before('infinity')) THEN
          -- Waits for who still writes to it, so that no entry goes uncounted. Whoever reads goes on.
          EXECUTE format('LOCK TABLE audit.%I IN SHARE MODE', month);
          -- What was pruned is written down before it goes, table by table.
          FOR pruned_table, entries IN EXECUTE format(
            'SELECT table_name, count(*) FROM audit.%I WHERE operation NOT IN (''PRUNE'', ''ERASE'') GROUP BY 1', month)
          LOOP
            PERFORM audit.add_entry('PRUNE', pruned_table, NULL, jsonb_build_object(
              'before', (to_date(right(month, 7), 'YYYY_MM') + interval '1 month')::timestamptz,
              'entries', entries, 'partition', month));
            RETURN NEXT;
          END LOOP;
          -- From here on everybody waits.
          EXECUTE format('ALTER TABLE ${home}.audit_logs DETACH PARTITION audit.%I', month);
          EXECUTE format(
            'INSERT INTO ${home}.audit_logs OVERRIDING SYSTEM VALUE
               SELECT * FROM audit.%I WHERE operation IN (''PRUNE'', ''ERASE'')', month);
          EXECUTE format('DROP TABLE audit.%I', month);
        END IF;
        PERFORM set_config('audit.maintenance', '', true);
      END;
      $function$;
    `);
  }

  private async erase(queryRunner: QueryRunner): Promise<void> {
    const home = homeSchema(queryRunner);
    await queryRunner.query(`
      -- Puts "[erased]" for the values of some columns in both images of some records, and returns how
      -- many entries changed. Rows, order, actors and columns' names stay. A column that is part of a key
      -- goes from there as well. Entries of the application's own are erased like images.
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
                 image.before || coalesce((SELECT jsonb_object_agg(key, '[erased]') FROM jsonb_each(image.before)
                   WHERE key = ANY (columns) AND value <> 'null'), '{}') AS before,
                 image.after || coalesce((SELECT jsonb_object_agg(key, '[erased]') FROM jsonb_each(image.after)
                   WHERE key = ANY (columns) AND value <> 'null'), '{}') AS after
          FROM ${home}.audit_logs l
          CROSS JOIN LATERAL (SELECT l.old_data AS before, l.new_data AS after) AS image
          WHERE l.table_name = erased_table AND l.record_id = ANY (record_ids)
            AND l.operation NOT IN ('TRUNCATE', 'PRUNE', 'ERASE')
        )
        UPDATE ${home}.audit_logs l SET record_id = e.record_id, old_data = e.before, new_data = e.after
        FROM erased e
        WHERE l.audit_logs_id = e.audit_logs_id AND l.created_at = e.created_at
          AND (l.record_id, l.old_data, l.new_data) IS DISTINCT FROM (e.record_id, e.before, e.after);
        GET DIAGNOSTICS changed = ROW_COUNT;
        IF changed > 0 THEN
          PERFORM audit.add_entry('ERASE', erased_table, NULL,
            jsonb_build_object('columns', columns, 'entries', changed));
        END IF;
        PERFORM set_config('audit.maintenance', '', true);
        RETURN changed;
      END;
      $function$;
    `);
  }
}
