/**
 * SQL of the functions that create the monthly partitions of `audit_logs`. `home` is the schema of the table, as SQL.
 *
 * They never scan or move many rows under a lock that stops readers or writers, and never wait for such a lock for
 * longer than 80 ms, because everybody else would queue behind them. The caller tries again later.
 */
export function partitionFunctions(home: string): string {
  return `
    -- Every maintenance function calls this first. A SET clause in their definitions would need a superuser,
    -- because the setting is a custom one. The lock lets only one of them run at a time: two could create the
    -- same month, or deadlock on partitions. It does not block reads or ordinary writes, so it may wait.
    CREATE FUNCTION audit.begin_partitioning() RETURNS void
      LANGUAGE plpgsql
      SET search_path = pg_catalog, pg_temp
    AS $function$
    BEGIN
      LOCK TABLE audit.audit_logs_default IN SHARE UPDATE EXCLUSIVE MODE;
      PERFORM set_config('audit.maintenance', 'on', true);
    END;
    $function$;

    -- The same for functions that change entries. The copies that audit.create_partitions has made would not have
    -- the changes, so it has to start again.
    CREATE FUNCTION audit.begin_maintenance() RETURNS void
      LANGUAGE plpgsql
      SET search_path = pg_catalog, pg_temp
    AS $function$
    BEGIN
      PERFORM audit.begin_partitioning();
      IF to_regclass('audit.audit_logs_moving') IS NOT NULL THEN
        DROP TABLE audit.audit_logs_moving;
      END IF;
    END;
    $function$;

    CREATE FUNCTION audit.month_name(first_day date) RETURNS text
      LANGUAGE sql IMMUTABLE
      SET search_path = pg_catalog, pg_temp
    AS $function$
      SELECT 'audit_logs_' || to_char(first_day, 'YYYY_MM')
    $function$;

    -- The months without a table, of this one, the coming ones, and those in "also".
    CREATE FUNCTION audit.missing_months(months integer, also date[]) RETURNS date[]
      LANGUAGE sql STABLE
      SET search_path = pg_catalog, pg_temp
      SET timezone = 'UTC'
    AS $function$
      SELECT coalesce(array_agg(first_day ORDER BY first_day), '{}')
      FROM (
        SELECT (date_trunc('month', now()) + make_interval(months => i))::date AS first_day
        FROM generate_series(0, months) AS i
        UNION
        SELECT unnest(also)
      ) AS wanted
      WHERE to_regclass(format('audit.%I', audit.month_name(first_day))) IS NULL
    $function$;

    -- Creates the table of a month, which is not a partition yet.
    CREATE FUNCTION audit.create_month(first_day date) RETURNS text
      LANGUAGE plpgsql
      SET search_path = pg_catalog, pg_temp
    AS $function$
    DECLARE
      name text := audit.month_name(first_day);
    BEGIN
      -- Everything but the identity of the sequence, which belongs to audit_logs.
      EXECUTE format('CREATE TABLE audit.%I (LIKE ${home}.audit_logs INCLUDING ALL EXCLUDING IDENTITY)', name);
      EXECUTE format('CREATE TRIGGER audit_logs_no_truncate BEFORE TRUNCATE ON audit.%I
        FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_change()', name);
      RETURN name;
    END;
    $function$;

    CREATE FUNCTION audit.attach_month(whole regclass, first_day date) RETURNS void
      LANGUAGE plpgsql
      SET search_path = pg_catalog, pg_temp
      SET timezone = 'UTC'
    AS $function$
    BEGIN
      EXECUTE format('ALTER TABLE %s ATTACH PARTITION audit.%I FOR VALUES FROM (%L) TO (%L)',
        whole, audit.month_name(first_day), first_day::timestamptz,
        (first_day + make_interval(months => 1))::timestamptz);
    END;
    $function$;

    -- Creates months of which the default partition has few entries, and moves these. The default partition must be
    -- small, because PostgreSQL scans it when a partition is attached.
    CREATE FUNCTION audit.attach_months(missing date[], with_entries date[]) RETURNS SETOF text
      LANGUAGE plpgsql
      SET search_path = pg_catalog, pg_temp
      SET timezone = 'UTC'
    AS $function$
    DECLARE
      first_day date;
      name text;
    BEGIN
      FOREACH first_day IN ARRAY missing LOOP
        PERFORM audit.create_month(first_day);
      END LOOP;
      PERFORM set_config('lock_timeout', '80ms', true);
      -- A reader that has already chosen the partitions would miss entries that move, and a writer that has chosen
      -- the default partition would fail. So they wait here. A coming month has neither.
      IF missing && with_entries THEN
        LOCK TABLE ONLY ${home}.audit_logs IN ACCESS EXCLUSIVE MODE;
      ELSIF missing[1] <= clock_timestamp() + interval '1 minute' THEN
        LOCK TABLE ONLY ${home}.audit_logs IN SHARE ROW EXCLUSIVE MODE;
      END IF;
      LOCK TABLE audit.audit_logs_default IN ACCESS EXCLUSIVE MODE;
      FOREACH first_day IN ARRAY missing LOOP
        name := audit.month_name(first_day);
        EXECUTE format(
          'WITH moved AS (
             DELETE FROM audit.audit_logs_default WHERE created_at >= %L AND created_at < %L RETURNING *
           )
           INSERT INTO audit.%I SELECT * FROM moved',
          first_day::timestamptz, (first_day + make_interval(months => 1))::timestamptz, name);
        PERFORM audit.attach_month('${home}.audit_logs', first_day);
        RETURN NEXT name;
      END LOOP;
    END;
    $function$;

    -- Creates a table with months that become partitions of audit_logs when they have all entries of the default
    -- partition. Until then nobody reads them.
    CREATE FUNCTION audit.begin_moving(missing date[]) RETURNS void
      LANGUAGE plpgsql
      SET search_path = pg_catalog, pg_temp
      SET timezone = 'UTC'
    AS $function$
    DECLARE
      first_day date;
    BEGIN
      CREATE TABLE audit.audit_logs_moving (LIKE ${home}.audit_logs) PARTITION BY RANGE (created_at);
      FOREACH first_day IN ARRAY missing LOOP
        -- The constraint proves later that the month has no entries of others, so that it is attached without a scan.
        EXECUTE format('ALTER TABLE audit.%I ADD CONSTRAINT of_month CHECK (created_at >= %L AND created_at < %L)',
          audit.create_month(first_day), first_day::timestamptz,
          (first_day + make_interval(months => 1))::timestamptz);
        PERFORM audit.attach_month('audit.audit_logs_moving', first_day);
      END LOOP;
      CREATE TABLE audit.audit_logs_rest (LIKE ${home}.audit_logs INCLUDING INDEXES);
      ALTER TABLE audit.audit_logs_moving ATTACH PARTITION audit.audit_logs_rest DEFAULT;
    END;
    $function$;

    -- The sequence of the last copied entry. All entries up to it are copied.
    CREATE FUNCTION audit.moving_position() RETURNS bigint
      LANGUAGE plpgsql STABLE
      SET search_path = pg_catalog, pg_temp
    AS $function$
    BEGIN
      RETURN coalesce((SELECT sequence FROM audit.audit_logs_moving ORDER BY sequence DESC LIMIT 1),
        -9223372036854775808);
    END;
    $function$;

    -- Copies up to "batch" entries of the default partition. Nobody waits for it.
    CREATE FUNCTION audit.copy_entries(batch integer) RETURNS void
      LANGUAGE plpgsql
      SET search_path = pg_catalog, pg_temp
    AS $function$
    DECLARE
      fence bigint;
      writers text[];
      patience timestamptz := clock_timestamp() + interval '1 second';
    BEGIN
      IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'audit.create_partitions needs the isolation level READ COMMITTED'
          USING ERRCODE = 'invalid_transaction_state';
      END IF;
      -- Sequences are not in the order of commits. An entry up to the fence may only be missing while a transaction is
      -- open that writes to the trail now, so it waits for these.
      fence := pg_sequence_last_value(pg_get_serial_sequence('${home}.audit_logs', 'sequence')::regclass);
      writers := ARRAY(
        SELECT l.virtualtransaction FROM pg_locks l
        WHERE l.locktype = 'relation' AND l.relation = '${home}.audit_logs'::regclass AND l.granted
          AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
          AND l.mode = 'RowExclusiveLock' AND l.pid <> pg_backend_pid());
      WHILE EXISTS (SELECT FROM pg_locks l WHERE l.locktype = 'virtualxid' AND l.virtualxid = ANY (writers)) LOOP
        IF clock_timestamp() > patience THEN
          RAISE EXCEPTION 'a transaction that writes to the audit trail is still open'
            USING ERRCODE = 'lock_not_available';
        END IF;
        PERFORM pg_sleep(0.01);
      END LOOP;
      INSERT INTO audit.audit_logs_moving
      SELECT * FROM audit.audit_logs_default
      WHERE sequence > audit.moving_position() AND sequence <= fence
      ORDER BY sequence LIMIT batch;
    END;
    $function$;

    -- Replaces the entries of the default partition by their copies, in the new months.
    CREATE FUNCTION audit.finish_moving() RETURNS SETOF text
      LANGUAGE plpgsql
      SET search_path = pg_catalog, pg_temp
      SET timezone = 'UTC'
    AS $function$
    DECLARE
      newest xid := (SELECT xmin FROM audit.audit_logs_moving ORDER BY sequence DESC LIMIT 1);
      patience timestamptz := clock_timestamp() + interval '1 second';
      name text;
      first_day date;
    BEGIN
      -- An older snapshot, as of a REPEATABLE READ transaction, would see neither the entries nor their copies.
      WHILE EXISTS (
        SELECT FROM pg_stat_activity a
        WHERE a.datname = current_database() AND a.pid <> pg_backend_pid() AND a.backend_type = 'client backend'
          AND age(a.backend_xmin) >= age(newest)
      ) LOOP
        IF clock_timestamp() > patience THEN
          RAISE EXCEPTION 'a transaction that began before the entries were copied is still open'
            USING ERRCODE = 'lock_not_available';
        END IF;
        PERFORM pg_sleep(0.01);
        PERFORM pg_stat_clear_snapshot();
      END LOOP;

      PERFORM set_config('lock_timeout', '80ms', true);
      -- First the whole: a reader that has already chosen the partitions would miss the new ones.
      LOCK TABLE ONLY ${home}.audit_logs IN ACCESS EXCLUSIVE MODE;
      LOCK TABLE audit.audit_logs_default IN ACCESS EXCLUSIVE MODE;
      -- Nobody writes now, so these are the last ones.
      INSERT INTO audit.audit_logs_moving
      SELECT * FROM audit.audit_logs_default WHERE sequence > audit.moving_position();
      TRUNCATE audit.audit_logs_default;
      FOR name IN
        SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = 'audit.audit_logs_moving'::regclass AND c.relname <> 'audit_logs_rest'
        ORDER BY c.relname
      LOOP
        first_day := to_date(right(name, 7), 'YYYY_MM');
        EXECUTE format('ALTER TABLE audit.audit_logs_moving DETACH PARTITION audit.%I', name);
        PERFORM audit.attach_month('${home}.audit_logs', first_day);
        EXECUTE format('ALTER TABLE audit.%I DROP CONSTRAINT of_month', name);
        RETURN NEXT name;
      END LOOP;
      INSERT INTO ${home}.audit_logs OVERRIDING SYSTEM VALUE SELECT * FROM audit.audit_logs_rest;
      DROP TABLE audit.audit_logs_moving;
    END;
    $function$;

    -- Creates the partitions of this month, the coming ones, and of earlier ones that the default partition has
    -- entries of. Returns their names.
    --
    -- When the default partition has many entries, a call only copies 10,000 of them, and returns nothing. Call it
    -- until audit.audit_logs_moving is gone. Readers and writers see each entry once at any time.
    CREATE FUNCTION audit.create_partitions(months integer DEFAULT 3) RETURNS SETOF text
      LANGUAGE plpgsql SECURITY DEFINER
      SET search_path = pg_catalog, pg_temp
      SET timezone = 'UTC'
    AS $function$
    DECLARE
      lock_timeout text := current_setting('lock_timeout');
      horizon timestamptz := date_trunc('month', now()) + make_interval(months => months + 1);
      with_entries date[];
      missing date[];
    BEGIN
      PERFORM audit.begin_partitioning();
      IF to_regclass('audit.audit_logs_moving') IS NULL THEN
        with_entries := ARRAY(
          SELECT DISTINCT date_trunc('month', created_at)::date FROM audit.audit_logs_default
          WHERE created_at >= '1970-01-01' AND created_at < horizon AND operation NOT IN ('PRUNE', 'ERASE'));
        missing := audit.missing_months(months, with_entries);
        IF missing = '{}' THEN
          NULL;
        ELSIF pg_relation_size('audit.audit_logs_default') < 64 * 1024 * 1024
          AND (SELECT count(*) FROM (SELECT FROM audit.audit_logs_default WHERE created_at >= '1970-01-01'
                 AND created_at < horizon AND operation NOT IN ('PRUNE', 'ERASE') LIMIT 2001) AS few) <= 2000 THEN
          RETURN QUERY SELECT audit.attach_months(missing, with_entries);
        ELSE
          -- All months, so that few entries have to return to the default partition under a lock.
          PERFORM audit.begin_moving(audit.missing_months(months, ARRAY(
            SELECT DISTINCT date_trunc('month', created_at)::date FROM audit.audit_logs_default
            WHERE created_at >= '1970-01-01' AND created_at < '9000-01-01')));
        END IF;
      ELSIF (SELECT count(*) FROM (SELECT FROM audit.audit_logs_default
               WHERE sequence > audit.moving_position() LIMIT 1001) AS few) > 1000 THEN
        PERFORM audit.copy_entries(10000);
      ELSE
        RETURN QUERY SELECT audit.finish_moving();
      END IF;
      PERFORM set_config('lock_timeout', lock_timeout, true), set_config('audit.maintenance', '', true);
    END;
    $function$;

    -- How many months after this one have partitions, whether the default partition has entries that
    -- audit.create_partitions should move, and how many up to 10000.
    CREATE FUNCTION audit.partition_status(OUT months_ahead integer, OUT default_has_entries boolean, OUT default_entries integer)
      LANGUAGE sql STABLE SECURITY DEFINER
      SET search_path = pg_catalog, pg_temp
      SET timezone = 'UTC'
    AS $function$
      SELECT (
        SELECT greatest(min(i) - 1, 0)::integer FROM generate_series(0, 200) AS i
        WHERE NOT EXISTS (
          SELECT FROM pg_inherits h JOIN pg_class c ON c.oid = h.inhrelid
          WHERE h.inhparent = '${home}.audit_logs'::regclass
            AND c.relname = audit.month_name((date_trunc('month', now()) + make_interval(months => i))::date))
      ), count(*) > 0, count(*)::integer
      FROM (SELECT FROM audit.audit_logs_default WHERE operation NOT IN ('PRUNE', 'ERASE') LIMIT 10000) AS entry
    $function$;
  `;
}
