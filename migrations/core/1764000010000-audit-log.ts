import type { MigrationInterface, QueryRunner } from 'typeorm';
import { homeSchema } from '../helpers/home-schema.js';

/** The table of the audit trail: append-only, and partitioned by month so that old months can be dropped. */
export class AuditLog1764000010000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`CREATE SCHEMA audit`);

    // No foreign key to users, because entries must keep the id of a deleted user.
    await queryRunner.query(`
      CREATE TABLE audit_logs (
        audit_logs_id   uuid           NOT NULL DEFAULT gen_random_uuid(),
        -- COLLATE "C": names and keys are only looked up, and need no order of a language.
        table_name      text           COLLATE "C" NOT NULL,
        record_id       text           COLLATE "C",
        user_id         uuid,
        -- The id of a user whose id is not a UUID.
        user_key        text           COLLATE "C",
        operation       text           NOT NULL,
        old_data        jsonb,
        new_data        jsonb,
        created_at      timestamptz(6) NOT NULL DEFAULT now(),
        sequence        bigint         NOT NULL GENERATED ALWAYS AS IDENTITY,
        transaction_id  bigint         NOT NULL,
        changed_columns text[],
        actor_name      text,
        -- The id of the user on whose behalf the actor wrote; a UUID in lower case.
        on_behalf_of    text           COLLATE "C",
        reason          text,
        context         jsonb,
        request_id      text,
        route           text,
        database_role   text           NOT NULL,
        undoes          bigint,
        -- The primary key of a partitioned table must include the partition key.
        CONSTRAINT audit_logs_pkey PRIMARY KEY (audit_logs_id, created_at)
      ) PARTITION BY RANGE (created_at)
    `);
    await queryRunner.query(`
      CREATE INDEX idx_audit_logs_table_record ON audit_logs (table_name, record_id);
      CREATE INDEX idx_audit_logs_user_created_at ON audit_logs (user_id, created_at DESC);
      CREATE INDEX idx_audit_logs_user_key ON audit_logs (user_key, created_at DESC) WHERE user_key IS NOT NULL;
      CREATE INDEX idx_audit_logs_on_behalf_of ON audit_logs (on_behalf_of, created_at DESC) WHERE on_behalf_of IS NOT NULL;
      CREATE INDEX idx_audit_logs_sequence ON audit_logs (sequence);
      CREATE INDEX idx_audit_logs_request ON audit_logs (request_id) WHERE request_id IS NOT NULL;
      -- Rows are inserted in the order of time, so a BRIN index of a few pages replaces a B-tree with 20 bytes a row.
      CREATE INDEX idx_audit_logs_created_at ON audit_logs USING brin (created_at, transaction_id)
        WITH (autosummarize = on);
    `);

    await this.refuseChanges(queryRunner);
    await this.partitionByMonth(queryRunner);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      DROP TABLE audit_logs;
      DROP FUNCTION audit.create_partitions(integer);
      DROP FUNCTION audit.home();
      DROP FUNCTION audit.begin_maintenance();
      DROP FUNCTION audit.refuse_change();
      DROP SCHEMA audit;
    `);
  }

  private async refuseChanges(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE FUNCTION audit.refuse_change() RETURNS trigger
        LANGUAGE plpgsql
        SET search_path = pg_catalog, pg_temp
      AS $function$
      BEGIN
        -- The maintenance functions set this while they run: see audit.begin_maintenance.
        IF current_setting('audit.maintenance', true) = 'on' THEN
          RETURN CASE WHEN TG_OP = 'UPDATE' THEN NEW ELSE OLD END;
        END IF;
        RAISE EXCEPTION 'audit_logs is append-only: % is refused', TG_OP
          USING ERRCODE = 'insufficient_privilege';
      END;
      $function$
    `);
    await queryRunner.query(`
      REVOKE ALL ON FUNCTION audit.refuse_change() FROM PUBLIC;
      -- PostgreSQL copies row triggers to every partition, but no TRUNCATE triggers.
      CREATE TRIGGER audit_logs_append_only BEFORE UPDATE OR DELETE ON audit_logs
        FOR EACH ROW EXECUTE FUNCTION audit.refuse_change();
      CREATE TRIGGER audit_logs_no_truncate BEFORE TRUNCATE ON audit_logs
        FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_change();
    `);
  }

  private async partitionByMonth(queryRunner: QueryRunner): Promise<void> {
    const home = homeSchema(queryRunner);
    // The default partition receives entries of months that have no partition yet.
    await queryRunner.query(`
      CREATE TABLE audit.audit_logs_default PARTITION OF audit_logs DEFAULT;
      CREATE TRIGGER audit_logs_no_truncate BEFORE TRUNCATE ON audit.audit_logs_default
        FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_change();

      -- The schema of audit_logs. The trail names tables of this schema without it, and other tables with theirs.
      CREATE FUNCTION audit.home() RETURNS regnamespace
        LANGUAGE sql STABLE
        SET search_path = pg_catalog, pg_temp
      AS $function$
        SELECT c.relnamespace::regnamespace
        FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhparent
        WHERE i.inhrelid = 'audit.audit_logs_default'::regclass
      $function$;
    `);
    await queryRunner.query(`
      -- Every maintenance function calls this first. A SET clause in their definitions would need a superuser,
      -- because the setting is a custom one. The lock lets only one of them run at a time: two could create the
      -- same month, or deadlock on partitions. It does not block reads or ordinary writes.
      CREATE FUNCTION audit.begin_maintenance() RETURNS void
        LANGUAGE plpgsql
        SET search_path = pg_catalog, pg_temp
      AS $function$
      BEGIN
        LOCK TABLE audit.audit_logs_default IN SHARE UPDATE EXCLUSIVE MODE;
        PERFORM set_config('audit.maintenance', 'on', true);
      END;
      $function$;

      CREATE FUNCTION audit.create_partitions(months integer DEFAULT 3) RETURNS SETOF text
        LANGUAGE plpgsql SECURITY DEFINER
        SET search_path = pg_catalog, pg_temp
        SET timezone = 'UTC'
      AS $function$
      DECLARE
        first_day date;
        next_month date;
        partition_name text;
      BEGIN
        PERFORM audit.begin_maintenance();
        FOR i IN 0..months LOOP
          first_day := date_trunc('month', now()) + make_interval(months => i);
          next_month := first_day + make_interval(months => 1);
          partition_name := 'audit_logs_' || to_char(first_day, 'YYYY_MM');
          CONTINUE WHEN to_regclass(format('audit.%I', partition_name)) IS NOT NULL;

          -- The default partition may have rows of the new month. To move them, it is detached for the moment.
          ALTER TABLE ${home}.audit_logs DETACH PARTITION audit.audit_logs_default;
          EXECUTE format(
            'CREATE TABLE audit.%I PARTITION OF ${home}.audit_logs FOR VALUES FROM (%L) TO (%L)',
            partition_name, first_day, next_month);
          EXECUTE format(
            'CREATE TRIGGER audit_logs_no_truncate BEFORE TRUNCATE ON audit.%I
               FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_change()', partition_name);
          WITH moved AS (
            DELETE FROM audit.audit_logs_default
            WHERE created_at >= first_day AND created_at < next_month
            RETURNING *
          )
          INSERT INTO ${home}.audit_logs OVERRIDING SYSTEM VALUE SELECT * FROM moved;
          ALTER TABLE ${home}.audit_logs ATTACH PARTITION audit.audit_logs_default DEFAULT;
          RETURN NEXT partition_name;
        END LOOP;
        PERFORM set_config('audit.maintenance', '', true);
      END;
      $function$
    `);
    await queryRunner.query(`
      REVOKE ALL ON FUNCTION audit.begin_maintenance(), audit.create_partitions(integer) FROM PUBLIC;
      SELECT audit.create_partitions();
    `);
  }
}
