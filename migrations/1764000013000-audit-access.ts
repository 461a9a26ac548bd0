import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What the role that an application logs in with may do. */
export class AuditAccess1764000013000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      -- Lets a role read and write the audited tables and read the trail, which it writes only through
      -- the triggers. It owns nothing, so it can switch no trigger off.
      CREATE FUNCTION audit.grant_application(application regrole) RETURNS void
        LANGUAGE plpgsql
        SET search_path = pg_catalog, pg_temp
      AS $function$
      DECLARE
        audited text;
        sequence_name text;
      BEGIN
        EXECUTE format('GRANT USAGE ON SCHEMA public, audit TO %s', application);
        EXECUTE format('GRANT EXECUTE ON FUNCTION audit.record(text, text, text, jsonb) TO %s', application);
        EXECUTE format('GRANT SELECT ON public.audit_logs, audit.audited_tables, audit.renames TO %s', application);
        FOR audited IN SELECT table_name FROM audit.audited_tables LOOP
          EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO %s', audit.relation(audited), application);
        END LOOP;
        FOR sequence_name IN
          SELECT DISTINCT d.objid::regclass::text
          FROM audit.audited_tables t
          JOIN pg_depend d ON d.refobjid = audit.relation(t.table_name) AND d.deptype = 'a'
          JOIN pg_class s ON s.oid = d.objid AND s.relkind = 'S'
        LOOP
          EXECUTE format('GRANT USAGE ON SEQUENCE %s TO %s', sequence_name, application);
        END LOOP;
        -- The health check looks for pending migrations.
        IF to_regclass('public.migrations') IS NOT NULL THEN
          EXECUTE format('GRANT SELECT ON public.migrations TO %s', application);
        END IF;
      END;
      $function$;

      -- The table that audit_logs names so: see audit.recorded_name.
      CREATE FUNCTION audit.relation(recorded_name text) RETURNS regclass
        LANGUAGE sql STABLE
        SET search_path = pg_catalog, pg_temp
      AS $function$
        SELECT c.oid::regclass
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'p')
          AND CASE WHEN n.nspname = 'public' THEN c.relname = recorded_name
                   ELSE n.nspname || '.' || c.relname = recorded_name END
      $function$;

      REVOKE ALL ON ALL FUNCTIONS IN SCHEMA audit FROM PUBLIC;
    `);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      DROP FUNCTION audit.grant_application(regrole);
      DROP FUNCTION audit.relation(text);
    `);
  }
}
