import type { MigrationInterface, QueryRunner } from 'typeorm';
import { homeSchema } from '../helpers/home-schema.js';

/** The privileges of the role that an application logs in with. */
export class AuditAccess1764000013000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    const home = homeSchema(queryRunner);
    await queryRunner.query(`
      -- The roles that audit.grant_application was called for. audit verify needs the list after a restore without
      -- privileges.
      CREATE TABLE audit.application_roles (
        role_name text NOT NULL,
        -- Whether audit.grant_maintenance was called for it, also with the right to drop old months.
        maintains boolean NOT NULL DEFAULT false,
        retires   boolean NOT NULL DEFAULT false,
        CONSTRAINT application_roles_pkey PRIMARY KEY (role_name)
      );

      -- Tables of the schema audit that applications read and write, and that are not audited.
      CREATE TABLE audit.working_tables (
        table_name text NOT NULL,
        CONSTRAINT working_tables_pkey PRIMARY KEY (table_name)
      );
      -- Analyzed for the same reason as audit.audited_tables.
      ANALYZE audit.application_roles, audit.working_tables;

      -- Lets a role read and write the audited tables and the working tables, and read the trail. Only triggers
      -- and audit.record write to the trail for it. It owns no table, so it cannot disable a trigger.
      CREATE FUNCTION audit.grant_application(application regrole) RETURNS void
        LANGUAGE plpgsql
        SET search_path = pg_catalog, pg_temp
      AS $function$
      DECLARE
        written text;
        sequence_name text;
      BEGIN
        INSERT INTO audit.application_roles (role_name)
        SELECT rolname FROM pg_roles WHERE oid = application ON CONFLICT DO NOTHING;
        EXECUTE format('GRANT USAGE ON SCHEMA ${home}, audit TO %s', application);
        EXECUTE format('GRANT EXECUTE ON FUNCTION audit.record(text, text, text, jsonb), audit.wrote_for_others(bigint[], timestamptz, text[]) TO %s', application);
        -- For readers of the trail, to compute the image and the key of a row.
        EXECUTE format('GRANT EXECUTE ON FUNCTION audit.home(), audit.partition_status(), audit.reading_sql(regclass, text[]), audit.write_image(text, anyelement), audit.same_row(record), audit.pinned_json(anyelement), audit.pinned_text(anyelement) TO %s', application);
        EXECUTE format('GRANT SELECT ON ${home}.audit_logs, audit.audited_tables, audit.renames TO %s', application);
        FOR written IN
          SELECT table_name FROM audit.audited_tables UNION ALL SELECT table_name FROM audit.working_tables
        LOOP
          EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO %s', audit.relation(written), application);
        END LOOP;
        FOR sequence_name IN
          SELECT DISTINCT d.objid::regclass::text
          FROM audit.audited_tables t
          JOIN pg_depend d ON d.refobjid = audit.relation(t.table_name) AND d.deptype = 'a'
          JOIN pg_class s ON s.oid = d.objid AND s.relkind = 'S'
        LOOP
          EXECUTE format('GRANT USAGE ON SEQUENCE %s TO %s', sequence_name, application);
        END LOOP;
        PERFORM audit.grant_isolation(application);
        -- The health check reads it, to find pending migrations.
        IF to_regclass('${home}.migrations') IS NOT NULL THEN
          EXECUTE format('GRANT SELECT ON ${home}.migrations TO %s', application);
        END IF;
      END;
      $function$;

      -- Lets an application's role create partitions of the trail, so that the application can do so by itself. With
      -- "retention" it may also drop old months, and so delete entries.
      CREATE FUNCTION audit.grant_maintenance(application regrole, retention boolean DEFAULT false) RETURNS void
        LANGUAGE plpgsql
        SET search_path = pg_catalog, pg_temp
      AS $function$
      BEGIN
        PERFORM audit.grant_application(application);
        UPDATE audit.application_roles SET maintains = true, retires = retention
        WHERE role_name = (SELECT rolname FROM pg_roles WHERE oid = application);
        EXECUTE format('GRANT EXECUTE ON FUNCTION audit.create_partitions(integer) TO %s', application);
        EXECUTE format('%s EXECUTE ON FUNCTION audit.months_before(timestamptz), audit.drop_month(text) %s %s',
          CASE WHEN retention THEN 'GRANT' ELSE 'REVOKE' END, CASE WHEN retention THEN 'TO' ELSE 'FROM' END, application);
      END;
      $function$;

      REVOKE ALL ON ALL FUNCTIONS IN SCHEMA audit FROM PUBLIC;
    `);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      DROP FUNCTION audit.grant_maintenance(regrole, boolean);
      DROP FUNCTION audit.grant_application(regrole);
      DROP TABLE audit.working_tables, audit.application_roles;
    `);
  }
}
