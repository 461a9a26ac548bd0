-- The document's own trigger, with its faults mended and nothing else changed, in the schema `document`:
--   * record_id is the table's real key, which the trigger names (no table has a column "id");
--   * the actor is NULLIF(…, '')::uuid, as a text does not go into a uuid column, and a setting that has
--     ended reads '';
--   * the search path is fixed, as the function runs with its owner's rights.
-- The table is the document's as well: eight columns, a primary key and three indexes.
CREATE SCHEMA document;

CREATE TABLE document.audit_logs (
  audit_logs_id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  table_name text NOT NULL,
  record_id text,
  user_id uuid,
  operation text NOT NULL,
  old_data jsonb,
  new_data jsonb,
  created_at timestamptz(6) NOT NULL DEFAULT now()
);
CREATE INDEX idx_audit_logs_table_record ON document.audit_logs (table_name, record_id);
CREATE INDEX idx_audit_logs_user_created_at ON document.audit_logs (user_id, created_at DESC);
CREATE INDEX idx_audit_logs_created_at ON document.audit_logs (created_at DESC);

CREATE FUNCTION document.set_updated_at() RETURNS trigger
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  NEW.updated_at = NOW();
  RETURN NEW;
END;
$$;

CREATE FUNCTION document.record_audit() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_old JSONB;
  v_new JSONB;
BEGIN
  IF (TG_OP = 'DELETE') THEN
    v_old = TO_JSONB(OLD);
    v_new = NULL;
  ELSIF (TG_OP = 'UPDATE') THEN
    v_old = TO_JSONB(OLD);
    v_new = TO_JSONB(NEW);
  ELSE
    v_old = NULL;
    v_new = TO_JSONB(NEW);
  END IF;

  INSERT INTO document.audit_logs (
    audit_logs_id, table_name, record_id, user_id, operation, old_data, new_data
  ) VALUES (
    GEN_RANDOM_UUID(),
    TG_TABLE_NAME,
    COALESCE(v_new ->> TG_ARGV[0], v_old ->> TG_ARGV[0]),
    NULLIF(current_setting('app.current_user_id', true), '')::uuid,
    TG_OP,
    v_old,
    v_new
  );

  IF (TG_OP = 'DELETE') THEN
    RETURN OLD;
  ELSE
    RETURN NEW;
  END IF;
END;
$$;
