import type { MigrationInterface, QueryRunner } from 'typeorm';
import { homeSchema } from '../helpers/home-schema.js';

/** The list of renamed tables and columns. Entries keep the names that they were written with. */
export class AuditRenames1764000015000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    const home = homeSchema(queryRunner);
    await queryRunner.query(`
      CREATE TABLE audit.renames (
        renames_id  bigint         NOT NULL GENERATED ALWAYS AS IDENTITY,
        -- The table's name in audit_logs before the rename.
        table_name  text           NOT NULL,
        -- Null if the table itself was renamed.
        column_name text,
        new_name    text           NOT NULL,
        -- The last entry that may have the old name.
        sequence    bigint         NOT NULL,
        created_at  timestamptz(6) NOT NULL DEFAULT now(),
        CONSTRAINT renames_pkey PRIMARY KEY (renames_id)
      );

      -- Call it while the table is locked against writes, so that no entry with the old name can follow.
      CREATE FUNCTION audit.add_rename(renamed_table text, renamed_column text, new_name text) RETURNS void
        LANGUAGE sql
        SET search_path = pg_catalog, pg_temp
      AS $function$
        INSERT INTO audit.renames (table_name, column_name, new_name, sequence)
        VALUES (renamed_table, renamed_column, new_name, coalesce(
          pg_sequence_last_value(pg_get_serial_sequence('${home}.audit_logs', 'sequence')::regclass), 0))
      $function$;

      -- The arguments with which a table was attached.
      CREATE FUNCTION audit.attached(audited regclass) RETURNS audit.audited_tables
        LANGUAGE plpgsql STABLE
        SET search_path = pg_catalog, pg_temp
      AS $function$
      DECLARE
        attached audit.audited_tables;
      BEGIN
        SELECT t.* INTO attached FROM audit.audited_tables t WHERE t.table_name = audit.recorded_name(audited);
        IF NOT FOUND THEN
          RAISE EXCEPTION '% is not audited, so it has no history to continue. Use ALTER TABLE', audited
            USING ERRCODE = 'object_not_in_prerequisite_state';
        END IF;
        RETURN attached;
      END;
      $function$;

      -- Renames a column, so that its history continues under the new name.
      CREATE FUNCTION audit.rename_column(audited regclass, old_name text, new_name text) RETURNS void
        LANGUAGE plpgsql
        SET search_path = pg_catalog, pg_temp
      AS $function$
      DECLARE
        attached audit.audited_tables := audit.attached(audited);
      BEGIN
        EXECUTE format('ALTER TABLE %s RENAME COLUMN %I TO %I', audited, old_name, new_name);
        PERFORM audit.add_rename(audit.recorded_name(audited), old_name, new_name);
        UPDATE audit.tenant_tables SET tenant_column = new_name
        WHERE table_name = audit.recorded_name(audited) AND tenant_column = old_name;
        UPDATE audit.isolated_tables SET owners = (
          SELECT jsonb_agg(CASE WHEN owner->>'column' = old_name THEN owner || jsonb_build_object('column', new_name) ELSE owner END)
          FROM jsonb_array_elements(owners) AS owner)
        WHERE table_name = audit.recorded_name(audited) AND owners <> '[]';
        PERFORM audit.isolate_again(audit.recorded_name(audited));
        PERFORM audit.attach(audited, array_replace(attached.redacted_columns, old_name, new_name),
          array_replace(attached.incidental_columns, old_name, new_name));
      END;
      $function$;

      -- Renames a table, so that its history continues under the new name. The new name is written as in SQL. If it
      -- has a schema, the table moves there.
      CREATE FUNCTION audit.rename_table(audited regclass, new_name text) RETURNS void
        LANGUAGE plpgsql
        SET search_path = pg_catalog, pg_temp
      AS $function$
      DECLARE
        attached audit.audited_tables := audit.attached(audited);
        recorded text := audit.recorded_name(audited);
        names text[] := parse_ident(new_name);
      BEGIN
        PERFORM audit.detach(audited);
        EXECUTE format('DROP VIEW IF EXISTS audit.%I', 'visible_' || recorded);
        IF cardinality(names) = 2 AND names[1] <> (SELECT nspname FROM pg_class c
             JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = audited) THEN
          EXECUTE format('ALTER TABLE %s SET SCHEMA %I', audited, names[1]);
        END IF;
        IF names[cardinality(names)] <> (SELECT relname FROM pg_class WHERE oid = audited) THEN
          EXECUTE format('ALTER TABLE %s RENAME TO %I', audited, names[cardinality(names)]);
        END IF;
        PERFORM audit.add_rename(recorded, NULL, audit.recorded_name(audited));
        UPDATE audit.tenant_tables SET table_name = audit.recorded_name(audited) WHERE table_name = recorded;
        UPDATE audit.isolated_tables SET table_name = audit.recorded_name(audited) WHERE table_name = recorded;
        UPDATE audit.isolated_tables SET owners = (
          SELECT jsonb_agg(CASE WHEN owner->>'table' = recorded THEN owner || jsonb_build_object('table', audit.recorded_name(audited)) ELSE owner END)
          FROM jsonb_array_elements(owners) AS owner)
        WHERE owners @> jsonb_build_array(jsonb_build_object('table', recorded));
        PERFORM audit.isolate_again(audit.recorded_name(audited));
        PERFORM audit.attach(audited, attached.redacted_columns, attached.incidental_columns);
        -- Their recording functions look for the tenant in this table.
        PERFORM audit.attach(audit.relation(heir.table_name), heir.redacted_columns, heir.incidental_columns)
        FROM audit.audited_tables heir
        WHERE heir.table_name IN (SELECT audit.tenant_heirs(audit.recorded_name(audited))) AND heir.table_name <> audit.recorded_name(audited);
      END;
      $function$;

      REVOKE ALL ON ALL FUNCTIONS IN SCHEMA audit FROM PUBLIC;
    `);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      DROP FUNCTION audit.rename_table(regclass, text);
      DROP FUNCTION audit.rename_column(regclass, text, text);
      DROP FUNCTION audit.attached(regclass);
      DROP FUNCTION audit.add_rename(text, text, text);
      DROP TABLE audit.renames;
    `);
  }
}
