import type { MigrationInterface, QueryRunner } from 'typeorm';
import { homeSchema } from '../helpers/home-schema.js';
import { partitionFunctions } from '../helpers/partition-functions.js';

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
        -- Up to 500 characters, because an entry of a B-tree has a limited size.
        reason          text           COLLATE "C",
        context         jsonb,
        request_id      text,
        route           text,
        database_role   text           NOT NULL,
        undoes          bigint,
        -- The tenant that the row belongs to; null for a row that is global. A row that moves to another tenant has
        -- the tenant that it left in former_tenant_id.
        tenant_id        text          COLLATE "C",
        former_tenant_id text          COLLATE "C",
        -- The primary key of a partitioned table must include the partition key.
        CONSTRAINT audit_logs_pkey PRIMARY KEY (audit_logs_id, created_at)
      ) PARTITION BY RANGE (created_at)
    `);
    await queryRunner.query(`
      CREATE INDEX idx_audit_logs_table_record ON audit_logs (table_name, record_id);
      CREATE INDEX idx_audit_logs_user_created_at ON audit_logs (user_id, created_at DESC);
      CREATE INDEX idx_audit_logs_user_key ON audit_logs (user_key, created_at DESC) WHERE user_key IS NOT NULL;
      CREATE INDEX idx_audit_logs_on_behalf_of ON audit_logs (on_behalf_of, created_at DESC) WHERE on_behalf_of IS NOT NULL;
      CREATE INDEX idx_audit_logs_reason ON audit_logs (reason, sequence DESC) WHERE reason IS NOT NULL;
      CREATE INDEX idx_audit_logs_sequence ON audit_logs (sequence);
      CREATE INDEX idx_audit_logs_request ON audit_logs (request_id) WHERE request_id IS NOT NULL;
      CREATE INDEX idx_audit_logs_tenant ON audit_logs (tenant_id, sequence) WHERE tenant_id IS NOT NULL;
      CREATE INDEX idx_audit_logs_former_tenant ON audit_logs (former_tenant_id, sequence) WHERE former_tenant_id IS NOT NULL;
      -- Rows are inserted in the order of time, so a BRIN index of a few pages replaces a B-tree with 20 bytes a row.
      CREATE INDEX idx_audit_logs_created_at ON audit_logs USING brin (created_at, transaction_id)
        WITH (autosummarize = on);
    `);

    await this.refuseChanges(queryRunner);
    await this.partitionByMonth(queryRunner);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      DROP TABLE IF EXISTS audit.audit_logs_moving;
      DROP TABLE audit_logs;
      DROP FUNCTION audit.partition_status();
      DROP FUNCTION audit.create_partitions(integer);
      DROP FUNCTION audit.finish_moving();
      DROP FUNCTION audit.copy_entries(integer);
      DROP FUNCTION audit.moving_position();
      DROP FUNCTION audit.begin_moving(date[]);
      DROP FUNCTION audit.attach_months(date[], date[]);
      DROP FUNCTION audit.attach_month(regclass, date);
      DROP FUNCTION audit.create_month(date);
      DROP FUNCTION audit.missing_months(integer, date[]);
      DROP FUNCTION audit.month_name(date);
      DROP FUNCTION audit.home();
      DROP FUNCTION audit.begin_maintenance();
      DROP FUNCTION audit.begin_partitioning();
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
    await queryRunner.query(partitionFunctions(home));
    await queryRunner.query(`
      REVOKE ALL ON ALL FUNCTIONS IN SCHEMA audit FROM PUBLIC;
      SELECT audit.create_partitions();
    `);
  }
}
