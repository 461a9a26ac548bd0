import type { MigrationInterface, QueryRunner } from 'typeorm';
import { homeSchema } from '../helpers/home-schema.js';

/**
 * The functions that create the audit triggers of a table: `audit.attach(table, redacted columns, incidental
 * columns)`. An UPDATE that changes only incidental columns is not recorded.
 *
 * Each table gets a trigger function of its own, generated from the table's definition, so that PostgreSQL plans
 * its statements once. INSERT and DELETE have statement triggers with transition tables, which write all entries of
 * a statement at once. UPDATE has a row trigger, which has both versions of the row. Some tables need other
 * levels: see audit.recording_levels.
 */
export class AuditRecording1764000011000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE audit.audited_tables (
        table_name         text   NOT NULL,
        redacted_columns   text[] NOT NULL DEFAULT '{}',
        incidental_columns text[] NOT NULL DEFAULT '{}',
        CONSTRAINT audited_tables_pkey PRIMARY KEY (table_name)
      );
      -- PostgreSQL assumes ten full pages for a table that was never analyzed, and autovacuum ignores a table
      -- with so few rows. Verification would be planned, and compiled, for hundreds of times the actual rows.
      ANALYZE audit.audited_tables;
    `);
    await queryRunner.query(`
      CREATE FUNCTION audit.refuse_unattributed(table_name text) RETURNS void
        LANGUAGE plpgsql
        SET search_path = pg_catalog, pg_temp
      AS $function$
      BEGIN
        RAISE EXCEPTION 'a write to "%" has no actor, and this database rejects such writes. '
          'In an application, write in an authenticated request, or in '
          'ActorContext.run({ userId }, …) or ActorContext.run({ name }, …). '
          'In SQL, begin a transaction with: SELECT set_config(''app.actor_name'', ''your name'', true);',
          table_name
          USING ERRCODE = 'SA001';
      END;
      $function$
    `);
    // Makes the ids of entries unique.
    await queryRunner.query(`CREATE SEQUENCE audit.entry_numbers`);
    await this.describeTables(queryRunner);
    await this.describeColumns(queryRunner);
    await this.writeImages(queryRunner);
    await this.generateFunctions(queryRunner);
    await this.refuseTables(queryRunner);
    await this.attachTables(queryRunner);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      DROP FUNCTION audit.reading_sql(regclass, text[]);
      DROP FUNCTION audit.renew();
      DROP FUNCTION audit.is_current(regclass, text[], text[]);
      DROP FUNCTION audit.attach(regclass, text[], text[]);
      DROP FUNCTION audit.detach(regclass);
      DROP FUNCTION audit.refusals(regclass);
      DROP FUNCTION audit.recording_source(regclass, text[], text[]);
      DROP FUNCTION audit.recording_statement(regclass, smallint[], text);
      DROP FUNCTION audit.entries_sql(regclass, text[], text, boolean, text, text, text, text[]);
      DROP FUNCTION audit.entry_sql(text, text, text, text, text, text, text, text, text[]);
      DROP FUNCTION audit.attribution();
      DROP FUNCTION audit.same_key_sql(regclass, text, text);
      DROP FUNCTION audit.changed_columns_sql(regclass, text, text);
      DROP FUNCTION audit.row_sql(regclass);
      DROP FUNCTION audit.image_sql(regclass, text[], text, boolean);
      DROP FUNCTION audit.key_sql(regclass, text[], text, boolean);
      DROP FUNCTION audit.write_image(text, anyelement);
      DROP FUNCTION audit.same_row(record);
      DROP FUNCTION audit.pinned_json(anyelement);
      DROP FUNCTION audit.pinned_text(anyelement);
      DROP FUNCTION audit.settings_of(regclass);
      DROP FUNCTION audit.columns_of(regclass);
      DROP FUNCTION audit.parts_of_type(oid);
      DROP FUNCTION audit.leaf_partitions(regclass);
      DROP FUNCTION audit.recording_levels(regclass);
      DROP FUNCTION audit.key_columns(regclass);
      DROP FUNCTION audit.recorder_name(regclass);
      DROP FUNCTION audit.recorded_name(regclass);
      DROP FUNCTION audit.relation(text);
      DROP FUNCTION audit.refuse_unattributed(text);
      DROP SEQUENCE audit.entry_numbers;
      DROP TABLE audit.audited_tables;
    `);
  }

  private async describeTables(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      -- The name of a table in audit_logs: without its schema if that is the schema of audit_logs, else with it.
      CREATE FUNCTION audit.recorded_name(audited regclass) RETURNS text
        LANGUAGE plpgsql STABLE
        SET search_path = pg_catalog, pg_temp
      AS $function$
      BEGIN
        RETURN (
        SELECT CASE WHEN n.oid = audit.home() THEN c.relname::text
                    ELSE n.nspname || '.' || c.relname END
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.oid = audited);
      END;
      $function$;

      CREATE FUNCTION audit.recorder_name(audited regclass) RETURNS text
        LANGUAGE plpgsql STABLE
        SET search_path = pg_catalog, pg_temp
      AS $function$
      BEGIN
        RETURN (
        SELECT 'record_' || audit.recorded_name(audited));
      END;
      $function$;

      -- The table with the given name in audit_logs.
      CREATE FUNCTION audit.relation(recorded_name text) RETURNS regclass
        LANGUAGE sql STABLE
        SET search_path = pg_catalog, pg_temp
      AS $function$
        SELECT c.oid::regclass
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'p')
          AND CASE WHEN n.oid = audit.home() THEN c.relname = recorded_name
                   ELSE n.nspname || '.' || c.relname = recorded_name END
      $function$;

      -- The columns of the primary key, in the order of the key.
      CREATE FUNCTION audit.key_columns(audited regclass) RETURNS text[]
        LANGUAGE plpgsql STABLE
        SET search_path = pg_catalog, pg_temp
      AS $function$
      BEGIN
        RETURN (
        SELECT array_agg(a.attname::text ORDER BY k.place)
        FROM pg_index i
        CROSS JOIN LATERAL unnest(i.indkey) WITH ORDINALITY AS k(attnum, place)
        JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
        WHERE i.indrelid = audited AND i.indisprimary);
      END;
      $function$;

      -- The level of the audit trigger of a table, by event:
      --
      -- 'statement'  one statement trigger records all rows
      -- 'row'        a row trigger records each row
      -- 'first row'  a row trigger records all rows of the statement when it fires for the first one
      --
      -- DELETE needs 'row' on a table with several foreign keys. If one statement deletes the parents of two of
      -- them, it may update and then delete the same row, and PostgreSQL may fire the statement trigger of the
      -- DELETE before the trigger of the UPDATE.
      --
      -- A row trigger of the table's own may write to the table before any statement trigger fires. With
      -- 'first row', the audit trigger fires before it, when all rows of the statement are written.
      --
      -- A partitioned table has only row triggers, because PostgreSQL copies them to its partitions.
      CREATE FUNCTION audit.recording_levels(audited regclass) RETURNS TABLE (event text, level text)
        LANGUAGE plpgsql STABLE ROWS 3
        SET search_path = pg_catalog, pg_temp
      AS $function$
      #variable_conflict use_column
      BEGIN
        RETURN QUERY
        WITH own AS (
          -- pg_trigger.tgtype: 1 for each row, 2 before, 4 insert, 8 delete, 16 update.
          SELECT bit_or(g.tgtype & 28) AS events FROM pg_trigger g
          WHERE g.tgrelid = audited AND NOT g.tgisinternal AND g.tgtype & 3 = 1 AND g.tgname NOT LIKE '!audit\\_%'
        ), keys AS (
          SELECT count(*) AS count,
                 count(*) FILTER (WHERE k.confrelid = audited AND k.confupdtype IN ('c', 'n', 'd')) AS moving
          FROM pg_constraint k WHERE k.conrelid = audited AND k.contype = 'f'
        )
        SELECT events.name, CASE
          WHEN (SELECT c.relkind = 'p' FROM pg_class c WHERE c.oid = audited) THEN 'row'
          WHEN events.name = 'insert' THEN CASE WHEN own.events & 4 > 0 THEN 'first row' ELSE 'statement' END
          WHEN events.name = 'update' THEN
            CASE WHEN own.events & 16 > 0 OR keys.moving > 0 THEN 'first row' ELSE 'row' END
          ELSE CASE WHEN own.events & 8 > 0 OR keys.count > 1 THEN 'row' ELSE 'statement' END END
        FROM own, keys, (VALUES ('insert'), ('update'), ('delete')) AS events (name);
      END;
      $function$;

      -- The partitions that hold rows; empty if the table is not partitioned.
      CREATE FUNCTION audit.leaf_partitions(audited regclass) RETURNS SETOF regclass
        LANGUAGE plpgsql STABLE ROWS 4
        SET search_path = pg_catalog, pg_temp
      AS $function$
      #variable_conflict use_column
      BEGIN
        RETURN QUERY
        SELECT p.relid FROM pg_partition_tree(audited) p
        WHERE p.isleaf AND p.relid <> audited;
      END;
      $function$;
    `);
  }

  /** Functions that describe the types of columns, so that values are kept exactly. */
  private async describeColumns(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      -- A type and, recursively, the types that it consists of: base, element, subtype and fields.
      CREATE FUNCTION audit.parts_of_type(whole oid) RETURNS SETOF oid
        LANGUAGE plpgsql STABLE
        SET search_path = pg_catalog, pg_temp
      AS $function$
      #variable_conflict use_column
      BEGIN
        RETURN QUERY
        WITH RECURSIVE parts (type) AS (
          SELECT whole
          UNION
          SELECT part.type
          FROM parts
          JOIN pg_type t ON t.oid = parts.type
          CROSS JOIN LATERAL (
            SELECT t.typbasetype WHERE t.typtype = 'd'
            UNION ALL
            SELECT t.typelem WHERE t.typelem <> 0 AND t.typsubscript = 'array_subscript_handler'::regproc
            UNION ALL
            SELECT r.rngsubtype FROM pg_range r WHERE t.oid IN (r.rngtypid, r.rngmultitypid)
            UNION ALL
            SELECT a.atttypid FROM pg_attribute a
            WHERE t.typtype = 'c' AND a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped
          ) AS part (type)
        )
        SELECT type FROM parts;
      END;
      $function$;

      -- The columns of a table that its images have. Types are base types, without domains. The form tells how an
      -- image stores a value: 'plain' as to_jsonb writes it, and the others where that would lose something:
      --
      -- 'json'   as text, because jsonb keeps neither the formatting nor \\u0000
      -- 'jsonb'  a JSON null as {"[json]": null}, because null means that there is no value
      -- 'float'  -0 as text, because jsonb has no negative zero
      -- 'array'  as text if its lower bound is not 1
      -- 'text'   as text: xml, composites, types with a cast to json, and arrays of these, of json or of floats
      --
      -- Virtual generated columns are left out, because they are computed from the others.
      CREATE FUNCTION audit.columns_of(audited regclass)
        RETURNS TABLE (
          place smallint, name text, type oid, modifier integer, form text,
          -- Whether a value may be too large for an image, and whether equal values always have the same text.
          unlimited boolean, exact_equality boolean
        )
        LANGUAGE plpgsql STABLE
        SET search_path = pg_catalog, pg_temp
      AS $function$
      #variable_conflict use_column
      BEGIN
        RETURN QUERY
        WITH RECURSIVE bases AS (
          SELECT a.attnum AS place, a.attname::text AS name, a.attcollation, a.attlen,
                 a.atttypid AS type, a.atttypmod AS modifier
          FROM pg_attribute a
          WHERE a.attrelid = audited AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated <> 'v'
          UNION ALL
          SELECT b.place, b.name, b.attcollation, b.attlen, t.typbasetype, t.typtypmod
          FROM bases b JOIN pg_type t ON t.oid = b.type
          WHERE t.typtype = 'd'
        ), cast_to_json AS (
          SELECT castsource FROM pg_cast WHERE casttarget = 'json'::regtype AND castsource <> 'jsonb'::regtype
        )
        SELECT b.place, b.name, b.type, b.modifier,
          CASE WHEN b.type = 'json'::regtype THEN 'json'
               WHEN b.type = 'jsonb'::regtype THEN 'jsonb'
               WHEN b.type IN ('float4'::regtype, 'float8'::regtype) THEN 'float'
               WHEN b.type = 'xml'::regtype OR t.typtype = 'c' OR b.type IN (SELECT castsource FROM cast_to_json) THEN 'text'
               WHEN t.typelem = 0 OR t.typsubscript <> 'array_subscript_handler'::regproc THEN 'plain'
               WHEN EXISTS (
                 SELECT FROM audit.parts_of_type(t.typelem) AS part JOIN pg_type p ON p.oid = part
                 WHERE part IN (SELECT castsource FROM cast_to_json) OR p.typtype = 'c' OR part IN (
                   'json'::regtype, 'jsonb'::regtype, 'xml'::regtype, 'float4'::regtype, 'float8'::regtype)
               ) THEN 'text'
               ELSE 'array' END,
          b.attlen = -1 AND b.type <> 'numeric'::regtype AND b.modifier NOT BETWEEN 0 AND 100000,
          t.typtype = 'e' OR b.type IN (
            'uuid'::regtype, 'boolean'::regtype, 'integer'::regtype, 'bigint'::regtype, 'smallint'::regtype,
            'timestamptz'::regtype, 'timestamp'::regtype, 'date'::regtype, 'bytea'::regtype)
          OR b.type IN ('text'::regtype, 'varchar'::regtype)
            AND coalesce((SELECT l.collisdeterministic FROM pg_collation l WHERE l.oid = b.attcollation), true)
        FROM bases b JOIN pg_type t ON t.oid = b.type
        WHERE t.typtype <> 'd';
      END;
      $function$;

      -- The settings that the text of a table's values depends on, with the values that a recording function must
      -- set. Others are left out, because each setting takes time at every write.
      CREATE FUNCTION audit.settings_of(audited regclass) RETURNS TABLE (name text, value text)
        LANGUAGE plpgsql STABLE
        SET search_path = pg_catalog, pg_temp SET plan_cache_mode = 'force_generic_plan' SET quote_all_identifiers = off
      AS $function$
      #variable_conflict use_column
      BEGIN
        RETURN QUERY
        WITH types AS (
          SELECT DISTINCT part AS type, c.name = ANY (keys.names) OR part <> c.type AS as_text
          FROM audit.columns_of(audited) c JOIN pg_type t ON t.oid = c.type
          CROSS JOIN (SELECT audit.key_columns(audited) AS names OFFSET 0) AS keys
          CROSS JOIN LATERAL (
            SELECT c.type AS part WHERE t.typtype IN ('b', 'e') AND t.typelem = 0
            UNION ALL
            SELECT audit.parts_of_type(c.type) WHERE t.typtype NOT IN ('b', 'e') OR t.typelem <> 0
          ) AS parts
        )
        SELECT s.name, s.value
        FROM (VALUES
          ('timezone', 'UTC', ARRAY['timestamptz'], false),
          ('datestyle', 'ISO, MDY', ARRAY['date', 'timestamp', 'timestamptz'], true),
          -- This style is read in the same way under any setting.
          ('intervalstyle', 'iso_8601', ARRAY['interval'], false),
          ('bytea_output', 'hex', ARRAY['bytea'], false),
          ('quote_all_identifiers', 'off', ARRAY['regclass', 'regcollation', 'regconfig', 'regdictionary', 'regnamespace', 'regoper', 'regoperator', 'regproc', 'regprocedure', 'regrole', 'regtype'], false),
          ('extra_float_digits', '1', ARRAY['float4', 'float8', 'point', 'line', 'lseg', 'box', 'path', 'polygon', 'circle', 'cube'], false)
        ) AS s (name, value, types, only_as_text)
        WHERE EXISTS (
          SELECT FROM types JOIN pg_type t ON t.oid = types.type
          WHERE t.typname = ANY (s.types) AND (types.as_text OR NOT s.only_as_text));
      END;
      $function$;

      -- pinned_json() and pinned_text() convert a value as a recording function does, whatever the settings of
      -- the session are.
      CREATE FUNCTION audit.pinned_json(value anyelement) RETURNS jsonb
        LANGUAGE plpgsql STABLE
        SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' SET datestyle = 'ISO, MDY'
        SET intervalstyle = 'iso_8601' SET bytea_output = 'hex' SET extra_float_digits = '1' SET quote_all_identifiers = off
      AS $function$
      BEGIN
        RETURN to_jsonb(value);
      END;
      $function$;

      CREATE FUNCTION audit.same_row(of_any_type record) RETURNS record
        LANGUAGE plpgsql STABLE
        SET search_path = pg_catalog, pg_temp
      AS $function$
      BEGIN
        RETURN of_any_type;
      END;
      $function$;

      -- Runs a query that audit.image_sql generated, and returns the image of the row.
      CREATE FUNCTION audit.write_image(query text, row_to_write anyelement) RETURNS jsonb
        LANGUAGE plpgsql STABLE
        SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' SET datestyle = 'ISO, MDY'
        SET intervalstyle = 'iso_8601' SET bytea_output = 'hex' SET extra_float_digits = '1' SET quote_all_identifiers = off
      AS $function$
      DECLARE
        image jsonb;
      BEGIN
        EXECUTE query INTO image USING row_to_write;
        RETURN image;
      END;
      $function$;

      CREATE FUNCTION audit.pinned_text(value anyelement) RETURNS text
        LANGUAGE plpgsql STABLE
        SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' SET datestyle = 'ISO, MDY'
        SET intervalstyle = 'iso_8601' SET bytea_output = 'hex' SET extra_float_digits = '1' SET quote_all_identifiers = off
      AS $function$
      BEGIN
        RETURN value::text;
      END;
      $function$;
    `);
  }

  /** Functions that generate SQL expressions about a row with a given alias, or about its image. */
  private async writeImages(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      -- The primary key as text: the value, or a JSON object if it has several columns. jsonb sorts the members
      -- of an object, so equal keys have equal texts. A redacted column has its digest.
      --
      -- "pinned" makes the text independent of the session's settings. Recording functions fix them anyway.
      CREATE FUNCTION audit.key_sql(audited regclass, redacted text[], alias text, pinned boolean) RETURNS text
        LANGUAGE plpgsql STABLE STRICT
        SET search_path = pg_catalog, pg_temp
      AS $function$
      BEGIN
        RETURN (
        SELECT CASE WHEN count(*) = 1 THEN min(part)
                    ELSE 'jsonb_build_object(' || string_agg(quote_literal(key) || ', ' || part, ', ' ORDER BY nr) || ')::text'
               END
        FROM unnest(audit.key_columns(audited)) WITH ORDINALITY AS keys (key, nr)
        JOIN pg_attribute a ON a.attrelid = audited AND a.attname = key
        CROSS JOIN LATERAL (
          SELECT format(CASE WHEN pinned AND a.atttypid NOT IN ('uuid'::regtype, 'text'::regtype, 'integer'::regtype, 'bigint'::regtype)
                             THEN 'audit.pinned_text(%s.%I)' ELSE '%s.%I::text' END, alias, key) AS value
        ) AS plain
        CROSS JOIN LATERAL (
          SELECT CASE WHEN key = ANY (redacted)
                      THEN format('''sha256:'' || encode(sha256(convert_to(%s, ''UTF8'')), ''hex'')', value)
                      ELSE value END AS part
        ) AS parts);
      END;
      $function$;

      -- The whole row as JSON, from which each value can be read back exactly. A redacted value is replaced by a
      -- marker.
      --
      -- to_jsonb converts the row as a whole, which is fastest. If JSON cannot represent one of its values,
      -- audit.write_image converts it column by column. PostgreSQL cannot store an image of more than 256 MB, so
      -- values that are too large are replaced by their digest.
      CREATE FUNCTION audit.image_sql(audited regclass, redacted text[], alias text, pinned boolean) RETURNS text
        LANGUAGE plpgsql STABLE STRICT
        SET search_path = pg_catalog, pg_temp
      AS $function$
      DECLARE
        most constant bigint := 200000000;
        to_json text := CASE WHEN pinned THEN 'audit.pinned_json(%s)' ELSE 'to_jsonb(%s)' END;
        to_text text := CASE WHEN pinned THEN 'audit.pinned_text(%s)' ELSE '%s::text' END;
        -- With ".*", because a column may have the same name as the alias. OLD, NEW and parameters need none.
        whole text := CASE WHEN alias IN ('OLD', 'NEW') THEN alias
                           WHEN alias LIKE '($%' THEN trim(alias, '()') ELSE alias || '.*' END;
        is_plain boolean;
        total text;
        usual text;
        exact text;
        markers text;
        odd text;
        -- A row of a transition table is an anonymous record. This column list gives it names and types.
        definitions text := (
          SELECT string_agg(format('%I %s', a.attname, format_type(a.atttypid, a.atttypmod)), ', ' ORDER BY a.attnum)
          FROM pg_attribute a WHERE a.attrelid = audited AND a.attnum > 0 AND NOT a.attisdropped);
      BEGIN
        WITH columns AS (
          SELECT c.place, c.name, c.form, c.unlimited AND c.name <> ALL (redacted) AS unlimited,
                 most / greatest(count(*) FILTER (WHERE c.unlimited AND c.name <> ALL (redacted)) OVER (), 1) AS share,
                 c.name = ANY (redacted) AS secret, format('%s.%I', alias, c.name) AS value, format('r.%I', c.name) AS one,
                 CASE WHEN c.type = 'bytea'::regtype THEN 'bytea'
                      WHEN c.type IN ('text'::regtype, 'varchar'::regtype, 'bpchar'::regtype) THEN 'text'
                      WHEN c.type = 'jsonb'::regtype THEN 'jsonb' ELSE 'other' END AS sort
          FROM audit.columns_of(audited) c
        ), sized AS (
          SELECT *, CASE sort WHEN 'bytea' THEN format('2 * octet_length(%s)::bigint', one)
                              WHEN 'text' THEN format('octet_length(%s)', one)
                              -- The operator decompresses the value, for its full size.
                              WHEN 'jsonb' THEN format('pg_column_size(%s #> ''{}'')', one)
                              ELSE format('octet_length(%s::text)', one) END AS size,
                 CASE sort WHEN 'bytea' THEN format('octet_length(%%1$s) > %s', share / 2)
                           WHEN 'text' THEN format('octet_length(%%1$s) > %s', share)
                           -- A value may be compressed to a hundredth, and be several times as long as text.
                           ELSE format('pg_column_size(%%1$s) > %s', share / 400) END AS may_be_large
          FROM columns
        ), oddities AS (
          SELECT *, CASE
            WHEN secret THEN NULL
            WHEN form = 'jsonb' THEN 'jsonb_typeof(%1$s) = ''null'' OR jsonb_typeof(%1$s) = ''object'' AND jsonb_exists(%1$s, ''[json]'')'
            WHEN form = 'float' THEN '%1$s = 0 AND %1$s::text = ''-0'''
            WHEN form = 'array' THEN 'array_dims(%1$s) ~ ''[[](?!1:)''' || CASE WHEN unlimited THEN ' OR ' || may_be_large ELSE '' END
            END AS oddity
          FROM sized
        ), written AS (
          SELECT *,
            CASE WHEN secret THEN format('CASE WHEN num_nulls(%s) = 0 THEN ''[redacted]'' END', value)
                 WHEN form IN ('json', 'text') THEN format(to_text, value)
                 ELSE value END AS simply,
            CASE WHEN secret THEN format('CASE WHEN num_nulls(%s) = 0 THEN ''[redacted]'' END', one)
                 WHEN form IN ('json', 'text') THEN format('to_jsonb(%s::text)', one)
                 WHEN form = 'jsonb' THEN format('CASE WHEN ' || oddity || ' THEN jsonb_build_object(''[json]'', %1$s) ELSE %1$s END', one)
                 WHEN form IN ('float', 'array') THEN format('CASE WHEN ' || oddity || ' THEN to_jsonb(%1$s::text) ELSE to_jsonb(%1$s) END', one)
                 ELSE format('to_jsonb(%s)', one) END AS exactly
          FROM oddities
        )
        SELECT string_agg(format('%s AS %I', w.simply, w.name), ', ' ORDER BY w.place),
          string_agg(format('%s AS %I', CASE WHEN w.unlimited THEN format(
              'CASE WHEN %s > %s AND s.total > %s THEN to_jsonb(''[too large] sha256:'' || encode(sha256(%s), ''hex'')) ELSE %s END',
              w.size, w.share, most, CASE w.sort WHEN 'bytea' THEN w.one ELSE format('convert_to(%s::text, ''UTF8'')', w.one) END, w.exactly)
            ELSE w.exactly END, w.name), ', ' ORDER BY w.place),
          string_agg(format('%L, %s', w.name, w.simply), ', ' ORDER BY w.place) FILTER (WHERE w.secret),
          coalesce(string_agg(format('coalesce(%s, 0)', w.size), ' + ' ORDER BY w.place) FILTER (WHERE w.unlimited), '0'),
          string_agg(format(concat_ws(' OR ', w.oddity, CASE WHEN w.unlimited THEN w.may_be_large END), w.value), ' OR ' ORDER BY w.place)
            FILTER (WHERE w.unlimited OR w.oddity IS NOT NULL),
          bool_and(w.form NOT IN ('json', 'text'))
        INTO usual, exact, markers, total, odd, is_plain
        FROM written w;

        IF is_plain AND NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = audited AND a.attgenerated = 'v') THEN
          usual := format(to_json, whole) || coalesce(' || jsonb_build_object(' || markers || ')', '');
        ELSE
          usual := format('(SELECT ' || to_json || ' FROM (SELECT %s) AS i)', 'i.*', usual);
        END IF;
        IF odd IS NULL THEN
          RETURN usual;
        END IF;
        RETURN format('CASE WHEN %s THEN audit.write_image(%L, %s) ELSE %s END', odd,
          format('SELECT to_jsonb(i.*) FROM (SELECT %s FROM audit.same_row($1) AS r (%s) '
            'CROSS JOIN LATERAL (SELECT %s AS total OFFSET 0) AS s) AS i', exact, definitions, total),
          whole, usual);
      END;
      $function$;

      -- A query that turns an image (%1$s) into a row of the table. Columns have base types instead of domains,
      -- because an old value may violate the current constraint of its domain.
      CREATE FUNCTION audit.row_sql(audited regclass) RETURNS text
        LANGUAGE plpgsql STABLE
        SET search_path = pg_catalog, pg_temp
      AS $function$
      BEGIN
        RETURN (
        WITH columns AS (
          SELECT c.place, replace(format('%I', c.name), '%', '%%') AS name, c.form,
                 CASE WHEN c.form IN ('json', 'text') THEN 'text' ELSE format_type(c.type, c.modifier) END AS kept,
                 format_type(c.type, c.modifier) AS type
          FROM audit.columns_of(audited) c
        ), stored AS (
          SELECT format('SELECT %s FROM jsonb_to_record(%%1$s) AS r (%s)',
            string_agg(CASE
              WHEN form = 'jsonb' THEN format('CASE WHEN jsonb_typeof(r.%1$s) = ''object'' AND jsonb_exists(r.%1$s, ''[json]'') '
                'THEN r.%1$s->''[json]'' WHEN jsonb_typeof(r.%1$s) <> ''null'' THEN r.%1$s END AS %1$s', name)
              -- A marker is not valid JSON, so it becomes a JSON string.
              WHEN form = 'json' THEN format('CASE WHEN r.%1$s LIKE ''[redacted]%%%%'' OR r.%1$s = ''[erased]'' THEN to_json(r.%1$s) '
                'ELSE r.%1$s::json END AS %1$s', name)
              WHEN type = 'xml' THEN format('XMLPARSE(CONTENT r.%1$s) AS %1$s', name)
              WHEN kept <> type THEN format('r.%1$s::%2$s AS %1$s', name, type)
              ELSE 'r.' || name END, ', ' ORDER BY place),
            string_agg(name || ' ' || kept, ', ' ORDER BY place)) AS query
          FROM columns
        ), computed AS (
          SELECT string_agg(replace(format(', (%s) AS %I', pg_get_expr(d.adbin, d.adrelid), a.attname), '%', '%%'), '' ORDER BY a.attnum) AS expressions
          FROM pg_attribute a JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
          WHERE a.attrelid = audited AND a.attgenerated = 'v'
        )
        SELECT CASE WHEN expressions IS NULL THEN query
                    ELSE format('SELECT s.*%s FROM (%s) AS s', expressions, query) END
        FROM stored, computed);
      END;
      $function$;

      -- The names of the columns in which two rows differ. Values are compared as text if equal values of their
      -- type may differ, such as 1.0 and 1.00, or texts under a nondeterministic collation.
      CREATE FUNCTION audit.changed_columns_sql(audited regclass, before text, after text) RETURNS text
        LANGUAGE plpgsql STABLE
        SET search_path = pg_catalog, pg_temp
      AS $function$
      BEGIN
        RETURN (
        SELECT 'array_remove(ARRAY[' || string_agg(
          format('CASE WHEN ' || CASE
              WHEN c.exact_equality THEN '%1$s.%3$I IS DISTINCT FROM %2$s.%3$I'
              -- A cast to text would remove trailing blanks.
              WHEN c.type = 'bpchar'::regtype THEN 'bpcharsend(%1$s.%3$I) IS DISTINCT FROM bpcharsend(%2$s.%3$I)'
              ELSE '%1$s.%3$I::text COLLATE "C" IS DISTINCT FROM %2$s.%3$I::text COLLATE "C"' END
            || ' THEN %3$L END', before, after, c.name),
          E',\\n          ' ORDER BY c.place) || '], NULL)'
        FROM audit.columns_of(audited) c);
      END;
      $function$;

      -- Whether two rows have the same key, also as text.
      CREATE FUNCTION audit.same_key_sql(audited regclass, before text, after text) RETURNS text
        LANGUAGE plpgsql STABLE
        SET search_path = pg_catalog, pg_temp
      AS $function$
      BEGIN
        RETURN (
        SELECT string_agg(format(CASE WHEN c.exact_equality THEN '%1$s.%3$I = %2$s.%3$I'
                 ELSE '%1$s.%3$I::text COLLATE "C" = %2$s.%3$I::text COLLATE "C"' END, before, after, c.name), ' AND ' ORDER BY c.place)
        FROM unnest(audit.key_columns(audited)) AS key JOIN audit.columns_of(audited) c ON c.name = key);
      END;
      $function$;
    `);
  }

  private async generateFunctions(queryRunner: QueryRunner): Promise<void> {
    const home = homeSchema(queryRunner);
    await queryRunner.query(`
      -- The values of an entry that depend on the statement and not on the row, in the order of audit.entry_sql.
      --
      -- "id_start" is the first half of a UUID of version 7 (RFC 9562): the time in milliseconds. A sequence
      -- number makes the other half. So ids grow, and new ones go to the end of their index.
      -- A user's id is a UUID ("acting_user") or any other text ("acting_key").
      CREATE FUNCTION audit.attribution() RETURNS TABLE (place bigint, name text, type text, expression text)
        LANGUAGE sql IMMUTABLE
        SET search_path = pg_catalog, pg_temp
      AS $function$
        SELECT row_number() OVER (), * FROM (VALUES
          ('id_start', 'text',
           $sql$lpad(to_hex((extract(epoch FROM now()) * 1000)::bigint), 12, '0') || '70008'$sql$),
          ('acting_user', 'uuid',
           $sql$CASE WHEN current_setting('app.current_user_id', true) LIKE '________-____-____-____-____________'
                THEN current_setting('app.current_user_id', true)::uuid END$sql$),
          ('acting_key', 'text',
           $sql$CASE WHEN current_setting('app.current_user_id', true) NOT LIKE '________-____-____-____-____________'
                THEN NULLIF(current_setting('app.current_user_id', true), '') END$sql$),
          ('acting_name', 'text', $sql$NULLIF(current_setting('app.actor_name', true), '')$sql$),
          ('subject', 'text', $sql$NULLIF(current_setting('app.on_behalf_of', true), '')$sql$),
          ('given_reason', 'text', $sql$left(NULLIF(current_setting('app.reason', true), ''), 500)$sql$),
          ('given_context', 'jsonb', $sql$NULLIF(current_setting('app.context', true), '')::jsonb$sql$),
          ('request', 'text', $sql$NULLIF(current_setting('app.request_id', true), '')$sql$),
          ('origin', 'text', $sql$NULLIF(current_setting('app.route', true), '')$sql$),
          ('login_role', 'text', $sql$coalesce(NULLIF(current_setting('role'), 'none'), session_user)$sql$),
          ('transaction', 'bigint', $sql$pg_current_xact_id()::text::bigint$sql$),
          ('undone', 'bigint', $sql$NULLIF(current_setting('app.undoes', true), '')::bigint$sql$)
        ) AS attribution
      $function$;

      -- The values of one entry, in the order of the columns in audit.entries_sql.
      CREATE FUNCTION audit.entry_sql(
        recorded text, record_id text, operation text, old_data text, new_data text, changed text,
        tenant text, former_tenant text, attribution text[]
      ) RETURNS text
        LANGUAGE sql IMMUTABLE
        SET search_path = pg_catalog, pg_temp
      AS $function$
        SELECT format(
          $sql$(%s || lpad(to_hex(nextval('audit.entry_numbers')), 15, '0'))::uuid, %L, %s, %L, %s, %s, %s, %s, %s, %s$sql$,
          attribution[1], recorded, record_id, operation, old_data, new_data, changed, tenant, former_tenant,
          array_to_string(attribution[2:], ', '))
      $function$;

      -- The INSERT that writes the entries of one event, for all rows of a transition table or for one row. An
      -- UPDATE of a key writes two entries, because a new key is a new record: the entry of the old key has no
      -- image after the change, and that of the new key has none before it.
      CREATE FUNCTION audit.entries_sql(
        audited regclass, redacted text[], event text, each_row boolean, before text, after text, changed text,
        attribution text[]
      ) RETURNS text
        LANGUAGE plpgsql STABLE
        SET search_path = pg_catalog, pg_temp
      AS $function$
      DECLARE
        recorded text := audit.recorded_name(audited);
        entry text := 'INSERT INTO ${home}.audit_logs (audit_logs_id, table_name, record_id, operation, '
          'old_data, new_data, changed_columns, tenant_id, former_tenant_id, user_id, user_key, actor_name, on_behalf_of, '
          'reason, context, request_id, route, database_role, transaction_id, undoes) ';
        new_key text := format('%L::text[]', audit.key_columns(audited));
        old_id text := audit.key_sql(audited, redacted, before, false);
        new_id text := audit.key_sql(audited, redacted, after, false);
        old_image text := audit.image_sql(audited, redacted, before, false);
        new_image text := audit.image_sql(audited, redacted, after, false);
        no_image constant text := 'NULL::jsonb';
        old_tenant text := audit.tenant_sql(audited, before);
        new_tenant text := audit.tenant_sql(audited, after);
        none constant text := 'NULL::text';
      BEGIN
        CASE event
          WHEN 'insert' THEN
            entry := entry || 'SELECT ' || audit.entry_sql(recorded, new_id, 'INSERT', no_image, new_image, 'NULL::text[]', new_tenant, none, attribution);
            RETURN entry || CASE WHEN each_row THEN '' ELSE ' FROM new_rows AS ' || after END;
          WHEN 'delete' THEN
            entry := entry || 'SELECT ' || audit.entry_sql(recorded, old_id, 'DELETE', old_image, no_image, 'NULL::text[]', old_tenant, none, attribution);
            RETURN entry || CASE WHEN each_row THEN '' ELSE ' FROM old_rows AS ' || before END;
          WHEN 'update' THEN
            RETURN entry || 'VALUES (' || audit.entry_sql(recorded, old_id, 'UPDATE', old_image, new_image, changed,
              new_tenant, audit.former_tenant_sql(audited, before, after), attribution) || ')';
          WHEN 'new key' THEN
            RETURN entry || format('VALUES (%s), (%s)',
              audit.entry_sql(recorded, old_id, 'UPDATE', old_image, no_image, new_key, old_tenant, none, attribution),
              audit.entry_sql(recorded, new_id, 'UPDATE', no_image, new_image, new_key, new_tenant, none, attribution));
          WHEN 'truncate' THEN
            RETURN entry || 'SELECT ' || audit.entry_sql(recorded, 'NULL', 'TRUNCATE', no_image, no_image, 'NULL::text[]', none, none, attribution);
        END CASE;
      END;
      $function$;

      -- The statement that a recording function executes when the table has columns that the function does not
      -- know: generated for the current columns. Redacted columns are given by number, because a rename does not
      -- change numbers.
      CREATE FUNCTION audit.recording_statement(audited regclass, redacted smallint[], event text) RETURNS text
        LANGUAGE plpgsql STABLE
        SET search_path = pg_catalog, pg_temp
      AS $function$
      DECLARE
        secret text[] := ARRAY(SELECT a.attname::text FROM pg_attribute a
          WHERE a.attrelid = audited AND a.attnum = ANY (redacted) AND NOT a.attisdropped);
        expressions text[] := (SELECT array_agg(t.expression ORDER BY t.place) FROM audit.attribution() t);
      BEGIN
        RETURN CASE event
          WHEN 'comparison' THEN format('SELECT %s, %s',
            audit.changed_columns_sql(audited, '($1)', '($2)'), audit.same_key_sql(audited, '($1)', '($2)'))
          WHEN 'insert' THEN audit.entries_sql(audited, secret, event, false, NULL, 'n', NULL, expressions)
          WHEN 'delete' THEN audit.entries_sql(audited, secret, event, false, 'o', NULL, NULL, expressions)
          -- The caller appends the name of a table.
          WHEN 'delete from' THEN audit.entries_sql(audited, secret, 'delete', true, 'o', NULL, NULL, expressions) || ' FROM ONLY '
          ELSE audit.entries_sql(audited, secret, split_part(event, ' each', 1), true, '($1)', '($2)', '$3', expressions)
        END;
      END;
      $function$;

      -- The body of a table's recording function.
      CREATE FUNCTION audit.recording_source(audited regclass, redacted text[], incidental text[]) RETURNS text
        LANGUAGE plpgsql STABLE
        SET search_path = pg_catalog, pg_temp SET plan_cache_mode = 'force_generic_plan' SET quote_all_identifiers = off
      AS $function$
      DECLARE
        recorded text := audit.recorded_name(audited);
        keys text[] := audit.key_columns(audited);
        is_partitioned boolean := (SELECT c.relkind = 'p' FROM pg_class c WHERE c.oid = audited);
        inserts text := (SELECT l.level FROM audit.recording_levels(audited) l WHERE l.event = 'insert');
        updates text := (SELECT l.level FROM audit.recording_levels(audited) l WHERE l.event = 'update');
        deletes text := (SELECT l.level FROM audit.recording_levels(audited) l WHERE l.event = 'delete');
        -- A new column gets the next number, so the table has changed if that number exists. A partition numbers
        -- its columns by itself, so this looks at the partitioned table.
        relation text := CASE WHEN is_partitioned
          THEN format('to_regclass(%L)', (SELECT format('%I.%I', n.nspname, c.relname)
                 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = audited))
          ELSE 'TG_RELID' END;
        outdated text := format('has_column_privilege(%s, %s::smallint, ''SELECT'') IS NOT NULL', relation,
          (SELECT c.relnatts + 1 FROM pg_class c WHERE c.oid = audited));
        anew text := format('EXECUTE audit.recording_statement(%s, %L, ', relation,
          ARRAY(SELECT a.attnum FROM pg_attribute a WHERE a.attrelid = audited AND a.attname = ANY (redacted) ORDER BY 1));
        -- The condition that no other than incidental columns changed. An outdated recorder uses the numbers of
        -- columns, because their names may have changed.
        is_trifle text := CASE WHEN incidental = '{}' THEN 'changed = ''{}''' ELSE format('changed <@ %L::text[]', incidental) END;
        is_trifle_by_number text := CASE WHEN incidental = '{}' THEN is_trifle ELSE format(
          'changed <@ ARRAY(SELECT a.attname::text FROM pg_attribute a WHERE a.attrelid = %s AND a.attnum = ANY (%L::smallint[]))', relation,
          ARRAY(SELECT a.attnum FROM pg_attribute a WHERE a.attrelid = audited AND a.attname = ANY (incidental) ORDER BY 1)) END;
        -- A statement trigger computes the attribution once, into variables. A row trigger has the expressions in
        -- its INSERT, which is faster for one row.
        declared text;
        assigned text;
        variables text[];
        expressions text[];
        row_updated text;
      BEGIN
        SELECT string_agg(name || ' ' || type || ';', E'\\n        ' ORDER BY place),
          string_agg(name || ' := ' || expression || ';', E'\\n            ' ORDER BY place),
          array_agg(name ORDER BY place), array_agg(expression ORDER BY place)
        INTO declared, assigned, variables, expressions
        FROM audit.attribution();

        row_updated := format($source$
          IF %1$s THEN
            %2$s'comparison') INTO changed, same_key USING OLD, NEW;
            IF %8$s THEN
              RETURN NULL;
            END IF;
            %2$sCASE WHEN same_key THEN 'update each' ELSE 'new key each' END) USING OLD, NEW, changed;
          ELSE
            changed := %3$s;
            IF %7$s THEN
              RETURN NULL;
            ELSIF %4$s THEN
              %5$s;
            ELSE
              %6$s;
            END IF;
          END IF;
          GET DIAGNOSTICS written = ROW_COUNT;$source$,
          outdated, anew, audit.changed_columns_sql(audited, 'OLD', 'NEW'), audit.same_key_sql(audited, 'OLD', 'NEW'),
          audit.entries_sql(audited, redacted, 'update', true, 'OLD', 'NEW', 'changed', expressions),
          audit.entries_sql(audited, redacted, 'new key', true, 'OLD', 'NEW', NULL, expressions),
          is_trifle, is_trifle_by_number);
        IF updates = 'first row' THEN
          row_updated := format($source$
          IF NOT (%s) THEN
            RETURN NULL;
          END IF;
          OPEN after_rows FOR SELECT n.* FROM new_rows AS n;
          -- Both transition tables have the rows in the order of writing.
          FOR OLD IN SELECT o.* FROM old_rows AS o LOOP
            FETCH after_rows INTO NEW;
            %s
          END LOOP;$source$,
            -- Compares both versions of the row, because one statement may write a row twice, through two foreign
            -- keys.
            'EXISTS (SELECT FROM (SELECT o.* FROM old_rows AS o LIMIT 1) AS o WHERE OLD *= o.*::record)'
              || ' AND EXISTS (SELECT FROM (SELECT n.* FROM new_rows AS n LIMIT 1) AS n WHERE NEW *= n.*::record)',
            replace(row_updated, 'RETURN NULL', 'CONTINUE'));
        END IF;

        -- A column of the table may have the name of a variable.
        RETURN concat($source$
      #variable_conflict use_variable
      DECLARE
        changed text[];
        same_key boolean;
        after_rows refcursor;
        written bigint := 0;
        $source$, declared, $source$
      BEGIN
        IF TG_OP = 'INSERT' THEN$source$,
          CASE inserts WHEN 'first row' THEN format($source$
          IF NOT EXISTS (SELECT FROM (SELECT n.* FROM new_rows AS n LIMIT 1) AS n WHERE %s) THEN
            RETURN NULL;
          END IF;$source$, audit.same_key_sql(audited, 'NEW', 'n')) END, $source$
          IF $source$, outdated, $source$ THEN
            $source$, anew, CASE inserts WHEN 'row' THEN $source$'insert each') USING OLD, NEW;$source$ ELSE $source$'insert');$source$ END, $source$
          ELSE
            $source$, CASE inserts WHEN 'row'
              THEN audit.entries_sql(audited, redacted, 'insert', true, NULL, 'NEW', NULL, expressions)
              ELSE concat(assigned, E'\\n            ', audit.entries_sql(audited, redacted, 'insert', false, NULL, 'n', NULL, variables)) END, $source$;
          END IF;
          GET DIAGNOSTICS written = ROW_COUNT;
        ELSIF TG_OP = 'UPDATE' THEN$source$, row_updated, $source$
        ELSIF TG_OP = 'DELETE' THEN
          IF $source$, outdated, $source$ THEN
            $source$, anew, CASE deletes WHEN 'row' THEN $source$'delete each') USING OLD, NEW;$source$ ELSE $source$'delete');$source$ END, $source$
          ELSE
            $source$, CASE deletes WHEN 'row'
              THEN audit.entries_sql(audited, redacted, 'delete', true, 'OLD', NULL, NULL, expressions)
              ELSE concat(assigned, E'\\n            ', audit.entries_sql(audited, redacted, 'delete', false, 'o', NULL, NULL, variables)) END, $source$;
          END IF;
          GET DIAGNOSTICS written = ROW_COUNT;$source$,
          CASE WHEN is_partitioned THEN concat($source$
        ELSIF TG_WHEN = 'BEFORE' THEN
          -- TRUNCATE of a single partition: its rows are recorded as deleted.
          $source$, anew, $source$'delete from') || TG_RELID::regclass || ' AS o';
          GET DIAGNOSTICS written = ROW_COUNT;$source$) END, $source$
        ELSE
          $source$, audit.entries_sql(audited, redacted, 'truncate', true, NULL, NULL, NULL, expressions), $source$;
          written := 1;
        END IF;
        IF written > 0 AND current_setting('app.unattributed_writes', true) = 'reject'
           AND coalesce(current_setting('app.current_user_id', true), '') = ''
           AND coalesce(current_setting('app.actor_name', true), '') = '' THEN
          PERFORM audit.refuse_unattributed($source$, quote_literal(recorded), $source$);
        END IF;
        RETURN NULL;
      END;
      $source$);
      END;
      $function$;
    `);
  }

  private async refuseTables(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      -- The reasons why a table cannot be recorded exactly, each with its remedy; empty if it can.
      CREATE FUNCTION audit.refusals(audited regclass) RETURNS TABLE (problem text, remedy text, code text)
        LANGUAGE plpgsql STABLE
        SET search_path = pg_catalog, pg_temp SET plan_cache_mode = 'force_generic_plan' SET quote_all_identifiers = off
      AS $function$
      #variable_conflict use_column
      BEGIN
        RETURN QUERY
        SELECT refusal.problem, refusal.remedy, refusal.code
        FROM pg_class c
        CROSS JOIN LATERAL (
          SELECT 'its name is too long for that of its recording function', 'Use a name of up to 56 bytes, including the schema', 'name_too_long'
          WHERE octet_length(audit.recorder_name(audited)) > 63
          UNION ALL
          SELECT 'the trail separates the names of schema and table by a dot', 'These names must not have a dot', 'invalid_name'
          WHERE c.relname LIKE '%.%' OR c.relnamespace::regnamespace::text LIKE '%.%'
          UNION ALL
          SELECT 'it is not a table', 'Audit the tables that it reads', 'wrong_object_type'
          WHERE c.relkind NOT IN ('r', 'p')
          UNION ALL
          SELECT format('it is a partition of %s', i.inhparent::regclass), 'Audit that table: its partitions are recorded with it', 'wrong_object_type'
          FROM pg_inherits i WHERE i.inhrelid = audited AND c.relispartition
          UNION ALL
          SELECT 'it has no primary key', 'Add one', 'object_not_in_prerequisite_state'
          WHERE audit.key_columns(audited) IS NULL AND c.relkind IN ('r', 'p')
          UNION ALL
          -- A statement on the parent does not fire statement triggers of the child, nor the other way round.
          SELECT format('it inherits from %s', i.inhparent::regclass), 'Partition the table instead, or copy its columns', 'wrong_object_type'
          FROM pg_inherits i WHERE i.inhrelid = audited AND NOT c.relispartition
          UNION ALL
          SELECT format('%s inherits from it', i.inhrelid::regclass), 'Partition the table instead, or copy its columns', 'wrong_object_type'
          FROM pg_inherits i WHERE i.inhparent = audited AND c.relkind <> 'p'
          UNION ALL
          SELECT format('its partition %s is a foreign table', p), 'Keep the rows in this database', 'wrong_object_type'
          FROM audit.leaf_partitions(audited) AS p JOIN pg_class f ON f.oid = p WHERE f.relkind = 'f'
          UNION ALL
          SELECT format('the column %I has the type money, whose text depends on lc_monetary', k.name),
            'Use numeric(12, 2)', 'datatype_mismatch'
          FROM audit.columns_of(audited) k
          WHERE EXISTS (SELECT FROM audit.parts_of_type(k.type) AS part WHERE part = 'money'::regtype)
          UNION ALL
          -- PostgreSQL fires triggers in the order of their names.
          SELECT format('its trigger %I would fire before the audit triggers', g.tgname),
            format('Rename it: ALTER TRIGGER %I ON %s RENAME TO another_name', g.tgname, audited), 'invalid_name'
          FROM pg_trigger g
          WHERE g.tgrelid = audited AND NOT g.tgisinternal AND g.tgtype & 66 = 0 AND g.tgname < '!audit_'
        ) AS refusal (problem, remedy, code)
        WHERE c.oid = audited;
      END;
      $function$;
    `);
  }

  private async attachTables(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      -- Creates or replaces the recording function of a table and its four triggers. Call it again after a change
      -- of the table's columns, key, redaction, incidental columns or own triggers.
      --
      -- The names of the triggers start with "!", which sorts before letters. So they fire before other triggers
      -- and before those of foreign keys, and entries are in the order of the changes.
      CREATE FUNCTION audit.attach(audited regclass, redacted text[] DEFAULT '{}', incidental text[] DEFAULT '{}') RETURNS void
        LANGUAGE plpgsql
        SET search_path = pg_catalog, pg_temp
      AS $function$
      DECLARE
        recorder text := audit.recorder_name(audited);
        refusal record;
        unknown text;
        part regclass;
        level record;
        former text;
      BEGIN
        SELECT * INTO refusal FROM audit.refusals(audited) LIMIT 1;
        IF FOUND THEN
          RAISE EXCEPTION '% cannot be audited: %. %', audited, refusal.problem, refusal.remedy
            USING ERRCODE = refusal.code;
        END IF;
        SELECT name INTO unknown FROM unnest(redacted) AS name
        WHERE NOT EXISTS (SELECT FROM pg_attribute WHERE attrelid = audited AND attname = name AND NOT attisdropped);
        IF unknown IS NOT NULL THEN
          RAISE EXCEPTION '% has no column "%" to redact', audited, unknown USING ERRCODE = 'undefined_column';
        END IF;
        SELECT name INTO unknown FROM unnest(incidental) AS name
        WHERE NOT EXISTS (SELECT FROM pg_attribute WHERE attrelid = audited AND attname = name AND NOT attisdropped);
        IF unknown IS NOT NULL THEN
          RAISE EXCEPTION '% has no column "%" to be incidental', audited, unknown USING ERRCODE = 'undefined_column';
        END IF;
        IF incidental && audit.key_columns(audited) THEN
          RAISE EXCEPTION 'a column of the key of % cannot be incidental: its change makes another record', audited
            USING ERRCODE = 'invalid_parameter_value';
        END IF;

        -- A renamed table still has the recording function of its former name, which would write every entry twice.
        FOR former IN
          SELECT DISTINCT p.proname FROM pg_trigger g JOIN pg_proc p ON p.oid = g.tgfoid
          WHERE g.tgrelid = audited AND p.pronamespace = 'audit'::regnamespace
            AND p.proname LIKE 'record\\_%' AND p.proname <> recorder
            AND audit.relation(substr(p.proname, length('record_') + 1)) IS NULL
        LOOP
          EXECUTE format('DROP FUNCTION audit.%I() CASCADE', former);
          DELETE FROM audit.audited_tables WHERE 'record_' || table_name = former;
        END LOOP;

        EXECUTE format(
          'CREATE OR REPLACE FUNCTION audit.%I() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
             SET search_path = pg_catalog, pg_temp %s AS %L',
          recorder, (SELECT string_agg(format('SET %s = %L', name, value), ' ' ORDER BY name) FROM audit.settings_of(audited)),
          audit.recording_source(audited, redacted, incidental));
        -- A role that may execute it could use it in a trigger of its own table, and forge entries.
        EXECUTE format('REVOKE ALL ON FUNCTION audit.%I() FROM PUBLIC', recorder);

        FOR level IN SELECT l.event, l.level AS of,
            CASE l.event WHEN 'insert' THEN 'REFERENCING NEW TABLE AS new_rows'
                         WHEN 'delete' THEN 'REFERENCING OLD TABLE AS old_rows'
                         ELSE 'REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows' END AS tables
          FROM audit.recording_levels(audited) l
        LOOP
          EXECUTE format('CREATE OR REPLACE TRIGGER "!audit_%s" AFTER %1$s ON %s %s FOR EACH %s EXECUTE FUNCTION audit.%I()',
            level.event, audited, CASE WHEN level.of <> 'row' THEN level.tables END,
            CASE WHEN level.of = 'statement' THEN 'STATEMENT' ELSE 'ROW' END, recorder);
        END LOOP;
        EXECUTE format(
          'CREATE OR REPLACE TRIGGER "!audit_truncate" AFTER TRUNCATE ON %s FOR EACH STATEMENT EXECUTE FUNCTION audit.%I()',
          audited, recorder);
        -- PostgreSQL copies row triggers to partitions, also to those attached later, but no TRUNCATE triggers.
        FOR part IN SELECT audit.leaf_partitions(audited) LOOP
          EXECUTE format(
            'CREATE OR REPLACE TRIGGER "!audit_truncate" BEFORE TRUNCATE ON %s FOR EACH STATEMENT EXECUTE FUNCTION audit.%I()',
            part, recorder);
        END LOOP;

        INSERT INTO audit.audited_tables (table_name, redacted_columns, incidental_columns)
        VALUES (audit.recorded_name(audited), redacted, incidental)
        ON CONFLICT (table_name) DO UPDATE
          SET redacted_columns = excluded.redacted_columns, incidental_columns = excluded.incidental_columns;
      END;
      $function$;

      -- Removes the triggers and the recording function of a table. Its entries stay.
      CREATE FUNCTION audit.detach(audited regclass) RETURNS void
        LANGUAGE plpgsql
        SET search_path = pg_catalog, pg_temp
      AS $function$
      BEGIN
        EXECUTE format('DROP FUNCTION audit.%I() CASCADE', audit.recorder_name(audited));
        DELETE FROM audit.audited_tables WHERE table_name = audit.recorded_name(audited);
      END;
      $function$;

      -- Whether the recording function of a table is the one that audit.attach would create now.
      CREATE FUNCTION audit.is_current(audited regclass, redacted text[], incidental text[] DEFAULT '{}') RETURNS boolean
        LANGUAGE plpgsql STABLE
        SET search_path = pg_catalog, pg_temp SET plan_cache_mode = 'force_generic_plan' SET quote_all_identifiers = off
      AS $function$
      BEGIN
        RETURN (
        SELECT EXISTS (
          SELECT FROM pg_proc p
          WHERE p.oid = to_regproc(format('audit.%I', audit.recorder_name(audited)))
            AND p.prosrc = audit.recording_source(audited, redacted, incidental)
            AND NOT EXISTS (
              SELECT FROM audit.settings_of(audited) s
              WHERE s.name || '=' || s.value NOT IN (
                SELECT lower(split_part(config, '=', 1)) || '=' || split_part(config, '=', 2) FROM unnest(p.proconfig) AS config))));
      END;
      $function$;

      -- Renews the recording functions of tables that have changed since, and returns the names of the tables.
      CREATE FUNCTION audit.renew() RETURNS SETOF text
        LANGUAGE plpgsql
        SET search_path = pg_catalog, pg_temp
      AS $function$
      DECLARE
        changed record;
      BEGIN
        FOR changed IN
          SELECT t.table_name, t.redacted_columns, t.incidental_columns, r.relation
          FROM audit.audited_tables t
          CROSS JOIN LATERAL (SELECT audit.relation(t.table_name) AS relation) AS r
          WHERE r.relation IS NOT NULL
            AND (NOT audit.is_current(r.relation, t.redacted_columns, t.incidental_columns)
              OR EXISTS (SELECT FROM audit.leaf_partitions(r.relation) AS part
                WHERE NOT EXISTS (SELECT FROM pg_trigger g WHERE g.tgrelid = part AND g.tgname = '!audit_truncate')))
          ORDER BY 1
        LOOP
          PERFORM audit.attach(changed.relation, changed.redacted_columns, changed.incidental_columns);
          RETURN NEXT changed.table_name;
        END LOOP;
      END;
      $function$;

      -- SQL for readers of the trail: the image and the key of a row "t", and the row of an image.
      CREATE FUNCTION audit.reading_sql(audited regclass, redacted text[])
        RETURNS TABLE (image text, record_id text, row_of_image text)
        LANGUAGE sql STABLE SECURITY DEFINER
        SET search_path = pg_catalog, pg_temp SET plan_cache_mode = 'force_generic_plan' SET quote_all_identifiers = off
      AS $function$
        SELECT audit.image_sql(audited, redacted, 't', true), audit.key_sql(audited, redacted, 't', true), audit.row_sql(audited)
      $function$;

      REVOKE ALL ON ALL FUNCTIONS IN SCHEMA audit FROM PUBLIC;
    `);
  }
}
