import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The machinery that gives a table its audit triggers: `audit.attach(table, redacted columns)`.
 *
 * Each table gets a function of its own, made from the table's definition, so that its statements are
 * planned once and name the columns they read. Those for INSERT and DELETE are per statement, with transition
 * tables: a statement writes its audit rows in one go, however many they are. Those for UPDATE are per row,
 * where the row before and the row after are at hand. So are those for DELETE on tables with several foreign
 * keys: see audit.deletes_each_row.
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
    // The part of an entry's id that no other entry has.
    await queryRunner.query(`CREATE SEQUENCE audit.entry_numbers`);
    await this.describeTables(queryRunner);
    await this.generateFunctions(queryRunner);
    await this.attachTables(queryRunner);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      DROP FUNCTION audit.attach(regclass, text[]);
      DROP FUNCTION audit.detach(regclass);
      DROP FUNCTION audit.recording_source(regclass, text[]);
      DROP FUNCTION audit.entry_sql(text, text, text, text, text, text, text[]);
      DROP FUNCTION audit.attribution();
      DROP FUNCTION audit.changed_columns_sql(regclass);
      DROP FUNCTION audit.image_sql(text, text[]);
      DROP FUNCTION audit.record_id_sql(text, text[], text[]);
      DROP FUNCTION audit.deletes_each_row(regclass);
      DROP FUNCTION audit.key_columns(regclass);
      DROP FUNCTION audit.recorder_name(regclass);
      DROP FUNCTION audit.recorded_name(regclass);
      DROP FUNCTION audit.refuse_unattributed(text);
      DROP SEQUENCE audit.entry_numbers;
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
        SELECT 'record_' || audit.recorded_name(audited)
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

      -- Whether the table's DELETE is recorded for each row: when one statement may write to a row twice,
      -- through two foreign keys, as it deletes what both refer to. PostgreSQL may then fire a DELETE's
      -- statement trigger before the trigger of the UPDATE that preceded it. Triggers for each row fire in
      -- the order of what happened.
      CREATE FUNCTION audit.deletes_each_row(audited regclass) RETURNS boolean
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

      -- The names of the columns in which OLD and NEW differ. Types whose equal values may be written
      -- differently (1.0 and 1.00) are compared as text.
      CREATE FUNCTION audit.changed_columns_sql(audited regclass) RETURNS text
        LANGUAGE sql STABLE
        SET search_path = pg_catalog, pg_temp
      AS $function$
        SELECT 'array_remove(ARRAY[' || string_agg(
          format('CASE WHEN ' || CASE WHEN t.typtype = 'e' OR t.oid IN (
                     'uuid'::regtype, 'text'::regtype, 'boolean'::regtype, 'integer'::regtype,
                     'bigint'::regtype, 'smallint'::regtype, 'timestamptz'::regtype)
                   THEN 'OLD.%1$I IS DISTINCT FROM NEW.%1$I'
                   ELSE 'OLD.%1$I::text IS DISTINCT FROM NEW.%1$I::text' END || ' THEN %1$L END', a.attname),
          E',\\n          ' ORDER BY a.attnum) || '], NULL)'
        FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
        WHERE a.attrelid = audited AND a.attnum > 0 AND NOT a.attisdropped
      $function$;

      -- What an entry says of its statement besides the row: by name, in the order of audit.entry_sql.
      --
      -- "id_start" is the first half of a UUID of version 7 (RFC 9562): the time in milliseconds. A number
      -- makes the rest of it, so that ids grow and the index on them is filled from one end.
      CREATE FUNCTION audit.attribution() RETURNS TABLE (place bigint, name text, type text, expression text)
        LANGUAGE sql IMMUTABLE
        SET search_path = pg_catalog, pg_temp
      AS $function$
        SELECT row_number() OVER (), * FROM (VALUES
          ('id_start', 'text',
           $sql$lpad(to_hex((extract(epoch FROM now()) * 1000)::bigint), 12, '0') || '70008'$sql$),
          ('acting_user', 'uuid', $sql$NULLIF(current_setting('app.current_user_id', true), '')::uuid$sql$),
          ('acting_name', 'text', $sql$NULLIF(current_setting('app.actor_name', true), '')$sql$),
          ('request', 'text', $sql$NULLIF(current_setting('app.request_id', true), '')$sql$),
          ('origin', 'text', $sql$NULLIF(current_setting('app.route', true), '')$sql$),
          ('login_role', 'text', $sql$coalesce(NULLIF(current_setting('role'), 'none'), session_user)$sql$),
          ('transaction', 'bigint', $sql$pg_current_xact_id()::text::bigint$sql$),
          ('undone', 'bigint', $sql$NULLIF(current_setting('app.undoes', true), '')::bigint$sql$)
        ) AS attribution
      $function$;

      -- The values of one entry, in the order of the columns that audit.recording_source names.
      CREATE FUNCTION audit.entry_sql(
        recorded text, record_id text, operation text, old_data text, new_data text, changed text,
        attribution text[]
      ) RETURNS text
        LANGUAGE sql IMMUTABLE
        SET search_path = pg_catalog, pg_temp
      AS $function$
        SELECT format(
          $sql$(%s || lpad(to_hex(nextval('audit.entry_numbers')), 15, '0'))::uuid, %L, %s, %L, %s, %s, %s, %s$sql$,
          attribution[1], recorded, record_id, operation, old_data, new_data, changed,
          array_to_string(attribution[2:], ', '))
      $function$;

      -- The body of a table's recording function.
      CREATE FUNCTION audit.recording_source(audited regclass, redacted text[]) RETURNS text
        LANGUAGE plpgsql STABLE
        SET search_path = pg_catalog, pg_temp
      AS $function$
      DECLARE
        recorded text := audit.recorded_name(audited);
        keys text[] := audit.key_columns(audited);
        same_key text := (SELECT string_agg(format('OLD.%1$I = NEW.%1$I', key), ' AND ') FROM unnest(keys) AS key);
        entry text := 'INSERT INTO public.audit_logs (audit_logs_id, table_name, record_id, operation, '
          'old_data, new_data, changed_columns, user_id, actor_name, request_id, route, database_role, '
          'transaction_id, undoes)';
        new_key text := format('%L::text[]', keys);
        -- Worked out once for a statement's rows; where a single row is recorded, in its place, which is
        -- faster still.
        declared text;
        assigned text;
        variables text[];
        expressions text[];
      BEGIN
        SELECT string_agg(name || ' ' || type || ';', E'\\n        ' ORDER BY place),
          string_agg(name || ' := ' || expression || ';', E'\\n          ' ORDER BY place),
          array_agg(name ORDER BY place), array_agg(expression ORDER BY place)
        INTO declared, assigned, variables, expressions
        FROM audit.attribution();
        -- A table may have a column named as one of the variables.
        RETURN format($source$
      #variable_conflict use_variable
      DECLARE
        changed text[];
        %2$s
      BEGIN
        IF TG_OP = 'INSERT' THEN
          %3$s
          %1$s
          SELECT %4$s
          FROM new_rows n;
        ELSIF TG_OP = 'UPDATE' THEN
          changed := %5$s;
          IF changed = '{}' THEN
            RETURN NULL;
          ELSIF %6$s THEN
            %1$s
            VALUES (%7$s);
          ELSE
            -- A new key is another record: the old one ends here, without an image after, and the new
            -- one begins, without one before.
            %1$s
            VALUES (%8$s),
              (%9$s);
          END IF;
        ELSIF TG_OP = 'DELETE' THEN
          %10$s
        ELSE
          %1$s
          VALUES (%11$s);
        END IF;
        IF FOUND AND current_setting('app.unattributed_writes', true) = 'reject'
           AND coalesce(current_setting('app.current_user_id', true), '') = ''
           AND coalesce(current_setting('app.actor_name', true), '') = '' THEN
          PERFORM audit.refuse_unattributed(%12$L);
        END IF;
        RETURN NULL;
      END;
      $source$,
          entry, declared, assigned,
          audit.entry_sql(recorded, audit.record_id_sql('n', keys, redacted), 'INSERT',
            'NULL', audit.image_sql('n', redacted), 'NULL', variables),
          audit.changed_columns_sql(audited), same_key,
          audit.entry_sql(recorded, audit.record_id_sql('OLD', keys, redacted), 'UPDATE',
            audit.image_sql('OLD', redacted), audit.image_sql('NEW', redacted), 'changed', expressions),
          audit.entry_sql(recorded, audit.record_id_sql('OLD', keys, redacted), 'UPDATE',
            audit.image_sql('OLD', redacted), 'NULL', new_key, expressions),
          audit.entry_sql(recorded, audit.record_id_sql('NEW', keys, redacted), 'UPDATE',
            'NULL', audit.image_sql('NEW', redacted), new_key, expressions),
          CASE WHEN audit.deletes_each_row(audited)
            THEN format(E'%s\\n          VALUES (%s);', entry,
              audit.entry_sql(recorded, audit.record_id_sql('OLD', keys, redacted), 'DELETE',
                audit.image_sql('OLD', redacted), 'NULL', 'NULL', expressions))
            ELSE format(E'%s\\n          %s\\n          SELECT %s\\n          FROM old_rows o;', assigned, entry,
              audit.entry_sql(recorded, audit.record_id_sql('o', keys, redacted), 'DELETE',
                audit.image_sql('o', redacted), 'NULL', 'NULL', variables)) END,
          audit.entry_sql(recorded, 'NULL', 'TRUNCATE', 'NULL', 'NULL', 'NULL', expressions),
          recorded);
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
        schema_name text := (SELECT relnamespace::regnamespace::text FROM pg_class WHERE oid = audited);
        unknown text;
      BEGIN
        -- A longer name would be cut, and may then be another's.
        IF octet_length(trigger_prefix || '_audit_truncate') > 63 OR octet_length(recorder) > 63 THEN
          RAISE EXCEPTION '% cannot be audited: its triggers are called after it, and so is a function, with its schema. '
            'Give it a name of up to 48 bytes, and of up to 56 with its schema', audited
            USING ERRCODE = 'name_too_long';
        END IF;
        IF trigger_prefix LIKE '%.%' OR schema_name LIKE '%.%' THEN
          RAISE EXCEPTION '% cannot be audited: the trail writes a table''s name behind its schema''s and a dot. '
            'Its name and its schema''s must not have a dot', audited
            USING ERRCODE = 'invalid_name';
        END IF;
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
          'CREATE OR REPLACE TRIGGER %I AFTER UPDATE ON %s
             FOR EACH ROW EXECUTE FUNCTION audit.%I()', trigger_prefix || '_audit_update', audited, recorder);
        EXECUTE format(
          'CREATE OR REPLACE TRIGGER %I AFTER DELETE ON %s %s EXECUTE FUNCTION audit.%I()',
          trigger_prefix || '_audit_delete', audited,
          CASE WHEN audit.deletes_each_row(audited) THEN 'FOR EACH ROW'
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
