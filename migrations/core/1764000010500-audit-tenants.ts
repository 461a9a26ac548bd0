import type { MigrationInterface, QueryRunner } from 'typeorm';
import { homeSchema } from '../helpers/home-schema.js';

/**
 * The list of tables whose rows belong to a tenant. The recording functions of these tables write the tenant to
 * the trail, and audit.isolate() makes policies from it.
 */
export class AuditTenants1764000010500 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    const home = homeSchema(queryRunner);
    await queryRunner.query(`
      CREATE TABLE audit.tenant_tables (
        table_name    text NOT NULL,
        -- The column that has the tenant, or that refers to the row of another table whose tenant is the row's.
        tenant_column text NOT NULL,
        parent_table  text,
        CONSTRAINT tenant_tables_pkey PRIMARY KEY (table_name),
        CONSTRAINT tenant_tables_parent_fkey FOREIGN KEY (parent_table) REFERENCES audit.tenant_tables (table_name)
          ON UPDATE CASCADE
      );
      -- Analyzed for the same reason as audit.audited_tables.
      ANALYZE audit.tenant_tables;

      -- The tenant of a row that was deleted earlier in this transaction, or before: a cascade deletes the parent
      -- first. The entry of that deletion has its tenant.
      CREATE FUNCTION audit.tenant_of_deleted(deleted_table text, deleted_id text) RETURNS text
        LANGUAGE plpgsql STABLE
        SET search_path = pg_catalog, pg_temp
      AS $function$
      BEGIN
        IF deleted_id IS NULL THEN
          RETURN NULL;
        END IF;
        RETURN (SELECT l.tenant_id FROM ${home}.audit_logs l
          WHERE l.table_name = deleted_table AND l.record_id = deleted_id AND l.operation = 'DELETE'
          ORDER BY l.sequence DESC LIMIT 1);
      END;
      $function$;

      -- SQL of the tenant of a row with the given alias, as text. A table without a tenant, and one that has lost
      -- the column, has NULL.
      CREATE FUNCTION audit.tenant_sql(audited regclass, alias text, depth integer DEFAULT 1) RETURNS text
        LANGUAGE plpgsql STABLE
        SET search_path = pg_catalog, pg_temp
      AS $function$
      DECLARE
        declared audit.tenant_tables;
        parent regclass;
        parent_alias text := 'parent_' || depth;
        column_value text;
      BEGIN
        SELECT t.* INTO declared FROM audit.tenant_tables t
        WHERE t.table_name = audit.recorded_name(audited) AND EXISTS (
          SELECT FROM pg_attribute a WHERE a.attrelid = audited AND a.attname = t.tenant_column AND NOT a.attisdropped);
        IF NOT FOUND THEN
          RETURN 'NULL::text';
        END IF;
        column_value := format('%s.%I', alias, declared.tenant_column);
        IF declared.parent_table IS NULL THEN
          RETURN column_value || '::text';
        END IF;
        parent := audit.relation(declared.parent_table);
        IF parent IS NULL THEN
          RETURN 'NULL::text';
        END IF;
        RETURN format('coalesce((SELECT %s FROM %s AS %I WHERE %I.%I = %s), audit.tenant_of_deleted(%L, %s::text))',
          audit.tenant_sql(parent, parent_alias, depth + 1), parent, parent_alias, parent_alias,
          (audit.key_columns(parent))[1], column_value, declared.parent_table, column_value);
      END;
      $function$;

      -- SQL of the tenant that a row had before an UPDATE, and no longer has; NULL if it stays with its tenant.
      CREATE FUNCTION audit.former_tenant_sql(audited regclass, before text, after text) RETURNS text
        LANGUAGE plpgsql STABLE
        SET search_path = pg_catalog, pg_temp
      AS $function$
      DECLARE
        was text := audit.tenant_sql(audited, before);
      BEGIN
        IF was = 'NULL::text' THEN
          RETURN was;
        END IF;
        RETURN (SELECT format('CASE WHEN %1$s.%3$I IS DISTINCT FROM %2$s.%3$I THEN NULLIF(%4$s, %5$s) END',
            before, after, t.tenant_column, was, audit.tenant_sql(audited, after))
          FROM audit.tenant_tables t WHERE t.table_name = audit.recorded_name(audited));
      END;
      $function$;

      -- The table with the given name, and the tables that have their tenant from it.
      CREATE FUNCTION audit.tenant_heirs(recorded_name text) RETURNS SETOF text
        LANGUAGE sql STABLE
        SET search_path = pg_catalog, pg_temp
      AS $function$
        WITH RECURSIVE heirs (name) AS (
          SELECT recorded_name
          UNION
          SELECT t.table_name FROM audit.tenant_tables t JOIN heirs ON t.parent_table = heirs.name
        )
        SELECT name FROM heirs
      $function$;

      -- Declares which tenant the rows of a table belong to: the one in a column, or that of the row of another
      -- table that the column refers to. NULL for a table that is global.
      CREATE FUNCTION audit.set_tenant(audited regclass, tenant_column text, parent regclass DEFAULT NULL) RETURNS void
        LANGUAGE plpgsql
        SET search_path = pg_catalog, pg_temp
      AS $function$
      #variable_conflict use_column
      DECLARE
        recorded text := audit.recorded_name(audited);
        parent_name text := audit.recorded_name(parent);
        attached record;
      BEGIN
        IF set_tenant.tenant_column IS NULL THEN
          DELETE FROM audit.tenant_tables WHERE table_name = recorded;
        ELSE
          IF NOT EXISTS (SELECT FROM pg_attribute WHERE attrelid = audited AND attname = set_tenant.tenant_column
                           AND attnum > 0 AND NOT attisdropped) THEN
            RAISE EXCEPTION '% has no column "%" to name its tenant', audited, set_tenant.tenant_column
              USING ERRCODE = 'undefined_column';
          ELSIF parent_name IN (SELECT audit.tenant_heirs(recorded)) THEN
            RAISE EXCEPTION '% cannot have the tenant of %, which has its own from there', audited, parent
              USING ERRCODE = 'invalid_parameter_value';
          ELSIF parent IS NOT NULL AND NOT EXISTS (SELECT FROM audit.tenant_tables WHERE table_name = parent_name) THEN
            RAISE EXCEPTION '% has no tenant that % could have. Call audit.set_tenant(%, …) first', parent, audited,
              quote_literal(parent) USING ERRCODE = 'object_not_in_prerequisite_state';
          ELSIF parent IS NOT NULL AND cardinality(audit.key_columns(parent)) IS DISTINCT FROM 1 THEN
            RAISE EXCEPTION '% has no primary key of one column, by which % could refer to it', parent, audited
              USING ERRCODE = 'object_not_in_prerequisite_state';
          END IF;
          INSERT INTO audit.tenant_tables (table_name, tenant_column, parent_table)
          VALUES (recorded, set_tenant.tenant_column, parent_name)
          ON CONFLICT (table_name) DO UPDATE
            SET tenant_column = excluded.tenant_column, parent_table = excluded.parent_table;
        END IF;
        -- The recording functions of the table, and of those that have their tenant from it, are made from the list.
        FOR attached IN
          SELECT a.* FROM audit.audited_tables a WHERE a.table_name IN (SELECT audit.tenant_heirs(recorded))
        LOOP
          PERFORM audit.attach(audit.relation(attached.table_name), attached.redacted_columns, attached.incidental_columns);
        END LOOP;
      END;
      $function$;
    `);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      DROP FUNCTION audit.set_tenant(regclass, text, regclass);
      DROP FUNCTION audit.tenant_heirs(text);
      DROP FUNCTION audit.former_tenant_sql(regclass, text, text);
      DROP FUNCTION audit.tenant_sql(regclass, text, integer);
      DROP FUNCTION audit.tenant_of_deleted(text, text);
      DROP TABLE audit.tenant_tables;
    `);
  }
}
