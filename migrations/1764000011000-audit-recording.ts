import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The machinery that gives a table its audit triggers: `audit.attach(table, redacted columns)`.
 *
 * Each table gets a function of its own, made from the table's definition, so that its statements are
 * planned once and name the columns they read. The triggers are per statement, with transition tables:
 * a statement writes its audit rows in one go, however many they are. Tables with several foreign keys
 * have theirs for UPDATE and DELETE per row: see audit.records_each_row.
 */
export class AuditRecording1764000011000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE audit.audited_tables (
        table_name       text   NOT NULL,
        redacted_columns text[] NOT NULL DEFAULT '{}',
        CONSTRAINT audited_tables_pkey PRIMARY KEY (table_name)
      )
    `);
    await queryRunner.query(`
      CREATE FUNCTION audit.refuse_unattributed(table_name text) RETURNS void
        LANGUAGE plpgsql
        SET search_path = pg_catalog, pg_temp
      AS $function$
      BEGIN
        RAISE EXCEPTION 'a write to "%" has no actor, and this database rejects such writes. '
          'In an application, let it serve an authenticated request, or put it into '
          'ActorContext.run({ userId }, …) or ActorContext.run({ name }, …). '
          'In SQL, begin a transaction with: SELECT set_config(''app.actor_name'', ''your name'', true);',
          table_name
          USING ERRCODE = 'SA001';
      END;
      $function$
    `);
    await this.describeTables(queryRunner);
    await this.generateFunctions(queryRunner);
    await this.attachTables(queryRunner);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      DROP FUNCTION audit.attach(regclass, text[]);
      DROP FUNCTION audit.detach(regclass);
      DROP FUNCTION audit.recording_source(regclass, text[]);
      DROP FUNCTION audit.changed_columns_sql(regclass);
      DROP FUNCTION audit.image_sql(text, text[]);
      DROP FUNCTION audit.record_id_sql(text, text[], text[]);
      DROP FUNCTION audit.records_each_row(regclass);
      DROP FUNCTION audit.key_columns(regclass);
      DROP FUNCTION audit.recorder_name(regclass);
      DROP FUNCTION audit.recorded_name(regclass);
      DROP FUNCTION audit.refuse_unattributed(text);
      DROP TABLE audit.audited_tables;
    `);
  }

  private async describeTables(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      -- How audit_logs names a table: by its own name in public, with its schema elsewhere.
      CREATE FUNCTION audit.recorded_name(audited regclass) RETURNS text
        LANGUAGE sql STABLE
        SET search_path = pg_catalog, pg_temp
      AS $function$
        SELECT CASE WHEN n.nspname = 'public' THEN c.relname::text
                    ELSE n.nspname || '.' || c.relname END
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.oid = audited
      $function$;

      CREATE FUNCTION audit.recorder_name(audited regclass) RETURNS text
        LANGUAGE sql STABLE
        SET search_path = pg_catalog, pg_temp
      AS $function$
        SELECT 'record_' || replace(audit.recorded_name(audited), '.', '_')
      $function$;

      -- The primary key's columns, in its order.
      CREATE FUNCTION audit.key_columns(audited regclass) RETURNS text[]
        LANGUAGE sql STABLE
        SET search_path = pg_catalog, pg_temp
      AS $function$
        SELECT array_agg(a.attname::text ORDER BY k.place)
        FROM pg_index i
        CROSS JOIN LATERAL unnest(i.indkey) WITH ORDINALITY AS k(attnum, place)
        JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
        WHERE i.indrelid = audited AND i.indisprimary
      $function$;

      -- Whether one statement may write to a row twice: through two foreign keys, when it deletes what
      -- both refer to. PostgreSQL then puts both versions of the row into the same transition tables, and
      -- may fire a DELETE's statement trigger before that of the UPDATE that preceded it. Triggers for
      -- each row fire in the order of what happened.
      CREATE FUNCTION audit.records_each_row(audited regclass) RETURNS boolean
        LANGUAGE sql STABLE
        SET search_path = pg_catalog, pg_temp
      AS $function$
        SELECT count(*) > 1 FROM pg_constraint WHERE conrelid = audited AND contype = 'f'
      $function$;
    `);
  }

  /** Each of these returns a piece of SQL about a row that goes by an alias. */
  private async generateFunctions(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      -- The key as text: the bare value, or of several columns a JSON object. jsonb writes an object's
      -- members in one order, so that equal keys are equal texts. A secret part shows as its digest.
      CREATE FUNCTION audit.record_id_sql(alias text, key_columns text[], redacted text[]) RETURNS text
        LANGUAGE sql IMMUTABLE
        SET search_path = pg_catalog, pg_temp
      AS $function$
        SELECT CASE WHEN cardinality(key_columns) = 1 THEN min(part)
                    ELSE 'jsonb_build_object(' || string_agg(quote_literal(key) || ', ' || part, ', ') || ')::text'
               END
        FROM unnest(key_columns) AS key
        CROSS JOIN LATERAL (
          SELECT CASE WHEN key = ANY (redacted)
                      THEN format('''sha256:'' || encode(sha256(convert_to(%s.%I::text, ''UTF8'')), ''hex'')', alias, key)
                      ELSE format('%s.%I::text', alias, key) END AS part
        ) AS parts
      $function$;

      -- The whole row, with a marker where a redacted column has a value. to_jsonb writes a geography as
      -- EWKB, a bigint in full and a time to the microsecond: each restores exactly.
      CREATE FUNCTION audit.image_sql(alias text, redacted text[]) RETURNS text
        LANGUAGE sql IMMUTABLE
        SET search_path = pg_catalog, pg_temp
      AS $function$
        SELECT format('to_jsonb(%s)', alias) || coalesce(
          ' || jsonb_build_object(' || string_agg(
            format('%L, CASE WHEN %s.%I IS NOT NULL THEN ''[redacted]'' END', name, alias, name), ', ') || ')', '')
        FROM unnest(redacted) AS name
      $function$;

      -- The names of the columns in which o and n differ. Types whose equal values may be written
      -- differently (1.0 and 1.00) are compared as text.
      CREATE FUNCTION audit.changed_columns_sql(audited regclass) RETURNS text
        LANGUAGE sql STABLE
        SET search_path = pg_catalog, pg_temp
      AS $function$
        SELECT 'array_remove(ARRAY[' || string_agg(
          format('CASE WHEN ' || CASE WHEN t.typtype = 'e' OR t.oid IN (
                     'uuid'::regtype, 'text'::regtype, 'boolean'::regtype, 'integer'::regtype,
                     'bigint'::regtype, 'smallint'::regtype, 'timestamptz'::regtype)
                   THEN 'o.%1$I IS DISTINCT FROM n.%1$I'
                   ELSE 'o.%1$I::text IS DISTINCT FROM n.%1$I::text' END || ' THEN %1$L END', a.attname),
          E',\\n          ' ORDER BY a.attnum) || '], NULL)'
        FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
        WHERE a.attrelid = audited AND a.attnum > 0 AND NOT a.attisdropped
      $function$;

      -- The body of a table's recording function.
      CREATE FUNCTION audit.recording_source(audited regclass, redacted text[]) RETURNS text
        LANGUAGE plpgsql STABLE
        SET search_path = pg_catalog, pg_temp
      AS $function$
      DECLARE
        keys text[] := audit.key_columns(audited);
        each_row boolean := audit.records_each_row(audited);
        columns text := 'table_name, record_id, operation, old_data, new_data, changed_columns, '
          'user_id, actor_name, request_id, route, database_role, transaction_id, undoes';
        attribution text := 'acting_user, acting_name, request, origin, login_role, transaction, undone';
        recorded text := quote_literal(audit.recorded_name(audited));
      BEGIN
        RETURN format($source$
      DECLARE
        acting_user uuid := NULLIF(current_setting('app.current_user_id', true), '');
        acting_name text := NULLIF(current_setting('app.actor_name', true), '');
        request text := NULLIF(current_setting('app.request_id', true), '');
        origin text := NULLIF(current_setting('app.route', true), '');
        login_role text := coalesce(NULLIF(current_setting('role'), 'none'), session_user);
        transaction bigint := pg_current_xact_id()::text;
        undone bigint := NULLIF(current_setting('app.undoes', true), '');
      BEGIN
        IF TG_OP = 'INSERT' THEN
          INSERT INTO public.audit_logs (%1$s)
          SELECT %2$s, %3$s, 'INSERT', NULL, %4$s, NULL, %5$s
          FROM new_rows n;
        ELSIF TG_OP = 'UPDATE' THEN
          -- The order of the two tables is not the same, so their rows are paired by key. A full join
          -- keeps a row whose key changed: its old key has no image after, its new key none before.
          -- It also rules out a nested loop, whatever the size that the plan was first made for.
          INSERT INTO public.audit_logs (%1$s)
          SELECT %2$s, CASE WHEN o.%6$I IS NULL THEN %3$s ELSE %7$s END, 'UPDATE', %8$s, %4$s,
            CASE WHEN o.%6$I IS NULL OR n.%6$I IS NULL THEN %9$L::text[] ELSE %10$s END, %5$s
          FROM %12$s o FULL JOIN %13$s n ON %11$s
          WHERE (o *= n) IS NOT TRUE;
        ELSIF TG_OP = 'DELETE' THEN
          INSERT INTO public.audit_logs (%1$s)
          SELECT %2$s, %7$s, 'DELETE', %8$s, NULL, NULL, %5$s
          FROM %12$s o;
        ELSE
          INSERT INTO public.audit_logs (%1$s)
          VALUES (%2$s, NULL, 'TRUNCATE', NULL, NULL, NULL, %5$s);
        END IF;
        IF FOUND AND acting_user IS NULL AND acting_name IS NULL
           AND current_setting('app.unattributed_writes', true) = 'reject' THEN
          PERFORM audit.refuse_unattributed(%2$s);
        END IF;
        RETURN NULL;
      END;
      $source$,
          columns, recorded,
          audit.record_id_sql('n', keys, redacted), audit.image_sql('n', redacted), attribution,
          keys[1], audit.record_id_sql('o', keys, redacted), audit.image_sql('o', redacted),
          keys, audit.changed_columns_sql(audited),
          (SELECT string_agg(format('o.%1$I = n.%1$I', key), ' AND ') FROM unnest(keys) AS key),
          -- OFFSET keeps the planner from seeing through to two constants, which cannot be joined so.
          CASE WHEN each_row THEN '(SELECT OLD.* OFFSET 0)' ELSE 'old_rows' END,
          CASE WHEN each_row THEN '(SELECT NEW.* OFFSET 0)' ELSE 'new_rows' END);
      END;
      $function$;
    `);
  }

  private async attachTables(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      -- Gives a table its recording function and its four triggers, or renews them: after a change of
      -- the table's columns, its key or its redaction, call it again.
      CREATE FUNCTION audit.attach(audited regclass, redacted text[] DEFAULT '{}') RETURNS void
        LANGUAGE plpgsql
        SET search_path = pg_catalog, pg_temp
      AS $function$
      DECLARE
        recorder text := audit.recorder_name(audited);
        trigger_prefix text := (SELECT relname FROM pg_class WHERE oid = audited);
        each_row boolean := audit.records_each_row(audited);
        unknown text;
      BEGIN
        IF audit.key_columns(audited) IS NULL THEN
          RAISE EXCEPTION '% cannot be audited: it has no primary key to record', audited
            USING ERRCODE = 'object_not_in_prerequisite_state';
        END IF;
        SELECT name INTO unknown FROM unnest(redacted) AS name
        WHERE NOT EXISTS (SELECT FROM pg_attribute WHERE attrelid = audited AND attname = name AND NOT attisdropped);
        IF unknown IS NOT NULL THEN
          RAISE EXCEPTION '% has no column "%" to redact', audited, unknown USING ERRCODE = 'undefined_column';
        END IF;

        EXECUTE format(
          'CREATE OR REPLACE FUNCTION audit.%I() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
             SET search_path = pg_catalog, pg_temp SET timezone = ''UTC'' AS %L',
          recorder, audit.recording_source(audited, redacted));
        -- Whoever may execute it could hang it on a table of their own, and forge entries.
        EXECUTE format('REVOKE ALL ON FUNCTION audit.%I() FROM PUBLIC', recorder);

        EXECUTE format(
          'CREATE OR REPLACE TRIGGER %I AFTER INSERT ON %s REFERENCING NEW TABLE AS new_rows
             FOR EACH STATEMENT EXECUTE FUNCTION audit.%I()', trigger_prefix || '_audit_insert', audited, recorder);
        EXECUTE format(
          'CREATE OR REPLACE TRIGGER %I AFTER UPDATE ON %s %s EXECUTE FUNCTION audit.%I()',
          trigger_prefix || '_audit_update', audited,
          CASE WHEN each_row THEN 'FOR EACH ROW'
               ELSE 'REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT' END, recorder);
        EXECUTE format(
          'CREATE OR REPLACE TRIGGER %I AFTER DELETE ON %s %s EXECUTE FUNCTION audit.%I()',
          trigger_prefix || '_audit_delete', audited,
          CASE WHEN each_row THEN 'FOR EACH ROW'
               ELSE 'REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT' END, recorder);
        EXECUTE format(
          'CREATE OR REPLACE TRIGGER %I AFTER TRUNCATE ON %s
             FOR EACH STATEMENT EXECUTE FUNCTION audit.%I()', trigger_prefix || '_audit_truncate', audited, recorder);

        INSERT INTO audit.audited_tables (table_name, redacted_columns)
        VALUES (audit.recorded_name(audited), redacted)
        ON CONFLICT (table_name) DO UPDATE SET redacted_columns = excluded.redacted_columns;
      END;
      $function$;

      -- Takes a table's triggers and recording function away again. What is recorded stays.
      CREATE FUNCTION audit.detach(audited regclass) RETURNS void
        LANGUAGE plpgsql
        SET search_path = pg_catalog, pg_temp
      AS $function$
      BEGIN
        EXECUTE format('DROP FUNCTION audit.%I() CASCADE', audit.recorder_name(audited));
        DELETE FROM audit.audited_tables WHERE table_name = audit.recorded_name(audited);
      END;
      $function$;

      REVOKE ALL ON ALL FUNCTIONS IN SCHEMA audit FROM PUBLIC;
    `);
  }
}
