-- The schema that the migrations create, as the database describes it. Generated: npm run db:migrate:dev.
-- `npm run db:check` compares it with a database. It is not meant to be run.

---- extension pg_trgm
CREATE EXTENSION pg_trgm;

---- extension pgcrypto
CREATE EXTENSION pgcrypto;

---- extension postgis
CREATE EXTENSION postgis;

---- extension unaccent
CREATE EXTENSION unaccent;

---- schema audit
CREATE SCHEMA audit;

---- type public.api_key_status
CREATE TYPE public.api_key_status AS ENUM ('active', 'revoked', 'expired', 'suspended');

---- type public.branding_owner_type
CREATE TYPE public.branding_owner_type AS ENUM ('platform', 'customer');

---- type public.branding_status
CREATE TYPE public.branding_status AS ENUM ('active', 'suspended', 'revoked');

---- type public.organization_user_status
CREATE TYPE public.organization_user_status AS ENUM ('invited', 'active', 'suspended', 'revoked');

---- sequence audit.entry_numbers
CREATE SEQUENCE audit.entry_numbers AS bigint INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1;

---- sequence public.requests_requests_id_seq
CREATE SEQUENCE public.requests_requests_id_seq AS bigint INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1 OWNED BY public.requests.requests_id;

---- sequence public.songdb_songdb_id_seq
CREATE SEQUENCE public.songdb_songdb_id_seq AS bigint INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1 OWNED BY public.songdb.songdb_id;

---- sequence public.stripe_webhook_events_stripe_webhook_events_id_seq
CREATE SEQUENCE public.stripe_webhook_events_stripe_webhook_events_id_seq AS integer INCREMENT BY 1 MINVALUE 1 MAXVALUE 2147483647 START WITH 1 CACHE 1 OWNED BY public.stripe_webhook_events.stripe_webhook_events_id;

---- table audit.application_roles
CREATE TABLE audit.application_roles (
  role_name text NOT NULL,
  maintains boolean NOT NULL DEFAULT false,
  retires boolean NOT NULL DEFAULT false,
  CONSTRAINT application_roles_pkey PRIMARY KEY (role_name)
);

---- table audit.audit_logs_default
CREATE TABLE audit.audit_logs_default (
  PARTITION OF audit_logs DEFAULT
);
CREATE TRIGGER audit_logs_no_truncate BEFORE TRUNCATE ON audit.audit_logs_default FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_change();

---- table audit.audited_tables
CREATE TABLE audit.audited_tables (
  table_name text NOT NULL,
  redacted_columns text[] NOT NULL DEFAULT '{}'::text[],
  incidental_columns text[] NOT NULL DEFAULT '{}'::text[],
  CONSTRAINT audited_tables_pkey PRIMARY KEY (table_name)
);

---- table audit.catalogue_upload_batches
CREATE TABLE audit.catalogue_upload_batches (
  customer_profiles_id uuid NOT NULL,
  openkj_system_id integer NOT NULL,
  rows_before integer NOT NULL,
  songs json NOT NULL,
  CONSTRAINT catalogue_upload_batches_pkey PRIMARY KEY (customer_profiles_id, openkj_system_id, rows_before),
  CONSTRAINT catalogue_upload_batches_upload_fkey FOREIGN KEY (customer_profiles_id, openkj_system_id) REFERENCES audit.catalogue_uploads(customer_profiles_id, openkj_system_id) ON UPDATE CASCADE ON DELETE CASCADE
);

---- table audit.catalogue_uploads
CREATE TABLE audit.catalogue_uploads (
  customer_profiles_id uuid NOT NULL,
  openkj_system_id integer NOT NULL,
  systems_id uuid,
  replaces boolean NOT NULL,
  actor jsonb,
  row_count integer NOT NULL,
  song_count integer NOT NULL,
  last_call_at timestamp(6) with time zone NOT NULL,
  CONSTRAINT catalogue_uploads_pkey PRIMARY KEY (customer_profiles_id, openkj_system_id),
  CONSTRAINT catalogue_uploads_customer_profiles_id_fkey FOREIGN KEY (customer_profiles_id) REFERENCES customer_profiles(customer_profiles_id) ON UPDATE CASCADE ON DELETE CASCADE,
  CONSTRAINT catalogue_uploads_systems_id_fkey FOREIGN KEY (systems_id) REFERENCES systems(systems_id) ON UPDATE CASCADE ON DELETE CASCADE
);
CREATE INDEX catalogue_uploads_systems_id_idx ON audit.catalogue_uploads USING btree (systems_id);

---- table audit.idempotency_keys
CREATE TABLE audit.idempotency_keys (
  idempotency_keys_id bytea NOT NULL,
  user_id text COLLATE "C",
  route text NOT NULL,
  fingerprint bytea NOT NULL,
  answer text,
  created_at timestamp(6) with time zone NOT NULL DEFAULT now(),
  expires_at timestamp(6) with time zone NOT NULL,
  CONSTRAINT idempotency_keys_pkey PRIMARY KEY (idempotency_keys_id)
);
CREATE INDEX idempotency_keys_expires_at_idx ON audit.idempotency_keys USING btree (expires_at);

---- table audit.isolated_tables
CREATE TABLE audit.isolated_tables (
  table_name text NOT NULL,
  is_public boolean NOT NULL,
  owners jsonb NOT NULL,
  is_searchable boolean NOT NULL,
  policies text NOT NULL,
  CONSTRAINT isolated_tables_pkey PRIMARY KEY (table_name)
);

---- table audit.renames
CREATE TABLE audit.renames (
  renames_id bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
  table_name text NOT NULL,
  column_name text,
  new_name text NOT NULL,
  sequence bigint NOT NULL,
  created_at timestamp(6) with time zone NOT NULL DEFAULT now(),
  CONSTRAINT renames_pkey PRIMARY KEY (renames_id)
);

---- table audit.tenant_tables
CREATE TABLE audit.tenant_tables (
  table_name text NOT NULL,
  tenant_column text NOT NULL,
  parent_table text,
  CONSTRAINT tenant_tables_pkey PRIMARY KEY (table_name),
  CONSTRAINT tenant_tables_parent_fkey FOREIGN KEY (parent_table) REFERENCES audit.tenant_tables(table_name) ON UPDATE CASCADE
);

---- table audit.working_tables
CREATE TABLE audit.working_tables (
  table_name text NOT NULL,
  CONSTRAINT working_tables_pkey PRIMARY KEY (table_name)
);

---- table public.accounts
CREATE TABLE public.accounts (
  accounts_id uuid NOT NULL DEFAULT gen_random_uuid(),
  users_id uuid NOT NULL,
  provider text NOT NULL,
  provider_account_id text NOT NULL,
  type text NOT NULL,
  refresh_token text,
  access_token text,
  expires_at bigint,
  token_type text,
  scope text,
  id_token text,
  session_state text,
  created_at timestamp(6) with time zone NOT NULL DEFAULT now(),
  updated_at timestamp(6) with time zone NOT NULL DEFAULT now(),
  CONSTRAINT accounts_pkey PRIMARY KEY (accounts_id),
  CONSTRAINT accounts_provider_provider_account_id_key UNIQUE (provider, provider_account_id),
  CONSTRAINT accounts_users_id_fkey FOREIGN KEY (users_id) REFERENCES users(users_id) ON UPDATE CASCADE ON DELETE CASCADE
);
CREATE INDEX accounts_users_id_idx ON public.accounts USING btree (users_id);
CREATE TRIGGER "!audit_delete" AFTER DELETE ON public.accounts REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION audit.record_accounts();
CREATE TRIGGER "!audit_insert" AFTER INSERT ON public.accounts REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION audit.record_accounts();
CREATE TRIGGER "!audit_truncate" AFTER TRUNCATE ON public.accounts FOR EACH STATEMENT EXECUTE FUNCTION audit.record_accounts();
CREATE TRIGGER "!audit_update" AFTER UPDATE ON public.accounts FOR EACH ROW EXECUTE FUNCTION audit.record_accounts();
CREATE TRIGGER accounts_set_updated_at BEFORE UPDATE ON public.accounts FOR EACH ROW EXECUTE FUNCTION set_updated_at();

---- table public.api_keys
CREATE TABLE public.api_keys (
  api_keys_id uuid NOT NULL DEFAULT gen_random_uuid(),
  customer_profiles_id uuid NOT NULL,
  customers_id uuid,
  created_by_users_id uuid,
  description text,
  api_key_hash text NOT NULL,
  last_used_at timestamp(6) with time zone,
  status api_key_status NOT NULL DEFAULT 'active'::api_key_status,
  expires_at timestamp(6) with time zone,
  revoked_at timestamp(6) with time zone,
  metadata jsonb DEFAULT '{}'::jsonb,
  created_at timestamp(6) with time zone NOT NULL DEFAULT now(),
  updated_at timestamp(6) with time zone NOT NULL DEFAULT now(),
  CONSTRAINT api_keys_pkey PRIMARY KEY (api_keys_id),
  CONSTRAINT api_keys_api_key_hash_key UNIQUE (api_key_hash),
  CONSTRAINT api_keys_created_by_users_id_fkey FOREIGN KEY (created_by_users_id) REFERENCES users(users_id) ON UPDATE CASCADE ON DELETE SET NULL,
  CONSTRAINT api_keys_customer_profiles_id_fkey FOREIGN KEY (customer_profiles_id) REFERENCES customer_profiles(customer_profiles_id) ON UPDATE CASCADE ON DELETE CASCADE,
  CONSTRAINT api_keys_customers_id_fkey FOREIGN KEY (customers_id) REFERENCES customers(customers_id) ON UPDATE CASCADE ON DELETE SET NULL
);
CREATE INDEX api_keys_created_by_users_id_idx ON public.api_keys USING btree (created_by_users_id);
CREATE INDEX idx_api_keys_customer ON public.api_keys USING btree (customers_id);
CREATE INDEX idx_api_keys_customer_profile ON public.api_keys USING btree (customer_profiles_id);
CREATE INDEX idx_api_keys_expires ON public.api_keys USING btree (expires_at);
CREATE TRIGGER "!audit_delete" AFTER DELETE ON public.api_keys FOR EACH ROW EXECUTE FUNCTION audit.record_api_keys();
CREATE TRIGGER "!audit_insert" AFTER INSERT ON public.api_keys REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION audit.record_api_keys();
CREATE TRIGGER "!audit_truncate" AFTER TRUNCATE ON public.api_keys FOR EACH STATEMENT EXECUTE FUNCTION audit.record_api_keys();
CREATE TRIGGER "!audit_update" AFTER UPDATE ON public.api_keys FOR EACH ROW EXECUTE FUNCTION audit.record_api_keys();
CREATE TRIGGER api_keys_set_updated_at BEFORE UPDATE ON public.api_keys FOR EACH ROW EXECUTE FUNCTION set_updated_at();

---- table public.audit_logs
CREATE TABLE public.audit_logs (
  audit_logs_id uuid NOT NULL DEFAULT gen_random_uuid(),
  table_name text COLLATE "C" NOT NULL,
  record_id text COLLATE "C",
  user_id uuid,
  user_key text COLLATE "C",
  operation text NOT NULL,
  old_data jsonb,
  new_data jsonb,
  created_at timestamp(6) with time zone NOT NULL DEFAULT now(),
  sequence bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
  transaction_id bigint NOT NULL,
  changed_columns text[],
  actor_name text,
  on_behalf_of text COLLATE "C",
  reason text COLLATE "C",
  context jsonb,
  request_id text,
  route text,
  database_role text NOT NULL,
  undoes bigint,
  tenant_id text COLLATE "C",
  former_tenant_id text COLLATE "C",
  CONSTRAINT audit_logs_pkey PRIMARY KEY (audit_logs_id, created_at)
) PARTITION BY RANGE (created_at);
CREATE INDEX idx_audit_logs_created_at ON ONLY public.audit_logs USING brin (created_at, transaction_id) WITH (autosummarize='on');
CREATE INDEX idx_audit_logs_former_tenant ON ONLY public.audit_logs USING btree (former_tenant_id, sequence) WHERE (former_tenant_id IS NOT NULL);
CREATE INDEX idx_audit_logs_on_behalf_of ON ONLY public.audit_logs USING btree (on_behalf_of, created_at DESC) WHERE (on_behalf_of IS NOT NULL);
CREATE INDEX idx_audit_logs_reason ON ONLY public.audit_logs USING btree (reason, sequence DESC) WHERE (reason IS NOT NULL);
CREATE INDEX idx_audit_logs_request ON ONLY public.audit_logs USING btree (request_id) WHERE (request_id IS NOT NULL);
CREATE INDEX idx_audit_logs_sequence ON ONLY public.audit_logs USING btree (sequence);
CREATE INDEX idx_audit_logs_table_record ON ONLY public.audit_logs USING btree (table_name, record_id);
CREATE INDEX idx_audit_logs_tenant ON ONLY public.audit_logs USING btree (tenant_id, sequence) WHERE (tenant_id IS NOT NULL);
CREATE INDEX idx_audit_logs_user_created_at ON ONLY public.audit_logs USING btree (user_id, created_at DESC);
CREATE INDEX idx_audit_logs_user_key ON ONLY public.audit_logs USING btree (user_key, created_at DESC) WHERE (user_key IS NOT NULL);
CREATE TRIGGER audit_logs_append_only BEFORE DELETE OR UPDATE ON public.audit_logs FOR EACH ROW EXECUTE FUNCTION audit.refuse_change();
CREATE TRIGGER audit_logs_no_truncate BEFORE TRUNCATE ON public.audit_logs FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_change();

---- table public.branded_app_api_keys
CREATE TABLE public.branded_app_api_keys (
  branded_app_api_keys_id uuid NOT NULL DEFAULT gen_random_uuid(),
  branded_apps_id uuid NOT NULL,
  api_key_hash text NOT NULL,
  description text,
  last_used_at timestamp(6) with time zone,
  status branding_status NOT NULL DEFAULT 'active'::branding_status,
  expires_at timestamp(6) with time zone,
  created_at timestamp(6) with time zone NOT NULL DEFAULT now(),
  updated_at timestamp(6) with time zone NOT NULL DEFAULT now(),
  CONSTRAINT branded_app_api_keys_pkey PRIMARY KEY (branded_app_api_keys_id),
  CONSTRAINT branded_app_api_keys_branded_apps_id_api_key_hash_key UNIQUE (branded_apps_id, api_key_hash),
  CONSTRAINT branded_app_api_keys_branded_apps_id_fkey FOREIGN KEY (branded_apps_id) REFERENCES branded_apps(branded_apps_id) ON UPDATE CASCADE ON DELETE CASCADE
);
CREATE INDEX branded_app_api_keys_api_key_hash_idx ON public.branded_app_api_keys USING btree (api_key_hash);
CREATE TRIGGER "!audit_delete" AFTER DELETE ON public.branded_app_api_keys REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION audit.record_branded_app_api_keys();
CREATE TRIGGER "!audit_insert" AFTER INSERT ON public.branded_app_api_keys REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION audit.record_branded_app_api_keys();
CREATE TRIGGER "!audit_truncate" AFTER TRUNCATE ON public.branded_app_api_keys FOR EACH STATEMENT EXECUTE FUNCTION audit.record_branded_app_api_keys();
CREATE TRIGGER "!audit_update" AFTER UPDATE ON public.branded_app_api_keys FOR EACH ROW EXECUTE FUNCTION audit.record_branded_app_api_keys();
CREATE TRIGGER branded_app_api_keys_set_updated_at BEFORE UPDATE ON public.branded_app_api_keys FOR EACH ROW EXECUTE FUNCTION set_updated_at();

---- table public.branded_apps
CREATE TABLE public.branded_apps (
  branded_apps_id uuid NOT NULL DEFAULT gen_random_uuid(),
  customer_profiles_id uuid NOT NULL,
  branding_profiles_id uuid NOT NULL,
  name text NOT NULL,
  platform text NOT NULL,
  bundle_identifier text,
  status branding_status NOT NULL DEFAULT 'active'::branding_status,
  config jsonb NOT NULL DEFAULT '{}'::jsonb,
  rate_limit_override jsonb,
  created_at timestamp(6) with time zone NOT NULL DEFAULT now(),
  updated_at timestamp(6) with time zone NOT NULL DEFAULT now(),
  CONSTRAINT branded_apps_pkey PRIMARY KEY (branded_apps_id),
  CONSTRAINT branded_apps_branding_profiles_id_fkey FOREIGN KEY (branding_profiles_id) REFERENCES branding_profiles(branding_profiles_id) ON UPDATE CASCADE ON DELETE RESTRICT,
  CONSTRAINT branded_apps_customer_profiles_id_fkey FOREIGN KEY (customer_profiles_id) REFERENCES customer_profiles(customer_profiles_id) ON UPDATE CASCADE ON DELETE CASCADE
);
CREATE INDEX branded_apps_branding_profiles_id_idx ON public.branded_apps USING btree (branding_profiles_id);
CREATE INDEX branded_apps_bundle_identifier_idx ON public.branded_apps USING btree (bundle_identifier);
CREATE INDEX branded_apps_customer_profiles_id_idx ON public.branded_apps USING btree (customer_profiles_id);
CREATE TRIGGER "!audit_delete" AFTER DELETE ON public.branded_apps FOR EACH ROW EXECUTE FUNCTION audit.record_branded_apps();
CREATE TRIGGER "!audit_insert" AFTER INSERT ON public.branded_apps REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION audit.record_branded_apps();
CREATE TRIGGER "!audit_truncate" AFTER TRUNCATE ON public.branded_apps FOR EACH STATEMENT EXECUTE FUNCTION audit.record_branded_apps();
CREATE TRIGGER "!audit_update" AFTER UPDATE ON public.branded_apps FOR EACH ROW EXECUTE FUNCTION audit.record_branded_apps();
CREATE TRIGGER branded_apps_set_updated_at BEFORE UPDATE ON public.branded_apps FOR EACH ROW EXECUTE FUNCTION set_updated_at();

---- table public.branding_profiles
CREATE TABLE public.branding_profiles (
  branding_profiles_id uuid NOT NULL DEFAULT gen_random_uuid(),
  owner_type branding_owner_type NOT NULL,
  owner_id uuid,
  name text NOT NULL,
  logo_url text,
  color_palette jsonb NOT NULL DEFAULT '{}'::jsonb,
  powered_by_singr boolean NOT NULL DEFAULT true,
  domain text,
  app_bundle_id text,
  app_package_name text,
  status branding_status NOT NULL DEFAULT 'active'::branding_status,
  metadata jsonb DEFAULT '{}'::jsonb,
  created_at timestamp(6) with time zone NOT NULL DEFAULT now(),
  updated_at timestamp(6) with time zone NOT NULL DEFAULT now(),
  CONSTRAINT branding_profiles_pkey PRIMARY KEY (branding_profiles_id),
  CONSTRAINT branding_profiles_owner_type_owner_id_name_key UNIQUE NULLS NOT DISTINCT (owner_type, owner_id, name)
);
CREATE INDEX branding_profiles_app_bundle_id_idx ON public.branding_profiles USING btree (app_bundle_id);
CREATE INDEX branding_profiles_app_package_name_idx ON public.branding_profiles USING btree (app_package_name);
CREATE INDEX branding_profiles_lower_domain_idx ON public.branding_profiles USING btree (lower((domain COLLATE "C")));
CREATE INDEX branding_profiles_owner_id_idx ON public.branding_profiles USING btree (owner_id);
CREATE TRIGGER "!audit_delete" AFTER DELETE ON public.branding_profiles REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION audit.record_branding_profiles();
CREATE TRIGGER "!audit_insert" AFTER INSERT ON public.branding_profiles REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION audit.record_branding_profiles();
CREATE TRIGGER "!audit_truncate" AFTER TRUNCATE ON public.branding_profiles FOR EACH STATEMENT EXECUTE FUNCTION audit.record_branding_profiles();
CREATE TRIGGER "!audit_update" AFTER UPDATE ON public.branding_profiles FOR EACH ROW EXECUTE FUNCTION audit.record_branding_profiles();
CREATE TRIGGER branding_profiles_set_updated_at BEFORE UPDATE ON public.branding_profiles FOR EACH ROW EXECUTE FUNCTION set_updated_at();

---- table public.customer_profiles
CREATE TABLE public.customer_profiles (
  customer_profiles_id uuid NOT NULL DEFAULT gen_random_uuid(),
  users_id uuid NOT NULL,
  legal_business_name text,
  dba_name text,
  stripe_customer_id text,
  contact_email text,
  contact_phone text,
  timezone text DEFAULT 'UTC'::text,
  billing_address jsonb,
  metadata jsonb DEFAULT '{}'::jsonb,
  created_at timestamp(6) with time zone NOT NULL DEFAULT now(),
  updated_at timestamp(6) with time zone NOT NULL DEFAULT now(),
  CONSTRAINT customer_profiles_pkey PRIMARY KEY (customer_profiles_id),
  CONSTRAINT customer_profiles_stripe_customer_id_key UNIQUE (stripe_customer_id),
  CONSTRAINT customer_profiles_users_id_key UNIQUE (users_id),
  CONSTRAINT customer_profiles_users_id_fkey FOREIGN KEY (users_id) REFERENCES users(users_id) ON UPDATE CASCADE ON DELETE CASCADE
);
CREATE TRIGGER "!audit_delete" AFTER DELETE ON public.customer_profiles REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION audit.record_customer_profiles();
CREATE TRIGGER "!audit_insert" AFTER INSERT ON public.customer_profiles REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION audit.record_customer_profiles();
CREATE TRIGGER "!audit_truncate" AFTER TRUNCATE ON public.customer_profiles FOR EACH STATEMENT EXECUTE FUNCTION audit.record_customer_profiles();
CREATE TRIGGER "!audit_update" AFTER UPDATE ON public.customer_profiles FOR EACH ROW EXECUTE FUNCTION audit.record_customer_profiles();
CREATE TRIGGER customer_profiles_set_updated_at BEFORE UPDATE ON public.customer_profiles FOR EACH ROW EXECUTE FUNCTION set_updated_at();

---- table public.customers
CREATE TABLE public.customers (
  customers_id uuid NOT NULL,
  stripe_customer_id text NOT NULL,
  customer_profiles_id uuid NOT NULL,
  email text,
  name text,
  phone text,
  description text,
  metadata jsonb NOT NULL DEFAULT '{}'::jsonb,
  invoice_settings jsonb NOT NULL DEFAULT '{}'::jsonb,
  shipping jsonb NOT NULL DEFAULT '{}'::jsonb,
  tax_exempt text,
  tax_ids jsonb NOT NULL DEFAULT '[]'::jsonb,
  livemode boolean NOT NULL DEFAULT false,
  stripe_deleted_at timestamp(6) with time zone,
  stripe_updated_at timestamp(6) with time zone,
  created_at timestamp(6) with time zone NOT NULL DEFAULT now(),
  updated_at timestamp(6) with time zone NOT NULL DEFAULT now(),
  CONSTRAINT customers_pkey PRIMARY KEY (customers_id),
  CONSTRAINT customers_stripe_customer_id_key UNIQUE (stripe_customer_id),
  CONSTRAINT customers_customer_profiles_id_fkey FOREIGN KEY (customer_profiles_id) REFERENCES customer_profiles(customer_profiles_id) ON UPDATE CASCADE ON DELETE CASCADE
);
CREATE INDEX customers_customer_profiles_id_idx ON public.customers USING btree (customer_profiles_id);
CREATE TRIGGER "!audit_delete" AFTER DELETE ON public.customers REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION audit.record_customers();
CREATE TRIGGER "!audit_insert" AFTER INSERT ON public.customers REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION audit.record_customers();
CREATE TRIGGER "!audit_truncate" AFTER TRUNCATE ON public.customers FOR EACH STATEMENT EXECUTE FUNCTION audit.record_customers();
CREATE TRIGGER "!audit_update" AFTER UPDATE ON public.customers FOR EACH ROW EXECUTE FUNCTION audit.record_customers();
CREATE TRIGGER customers_set_updated_at BEFORE UPDATE ON public.customers FOR EACH ROW EXECUTE FUNCTION set_updated_at();

---- table public.organization_user_permissions
CREATE TABLE public.organization_user_permissions (
  organization_user_permissions_id uuid NOT NULL DEFAULT gen_random_uuid(),
  organization_users_id uuid NOT NULL,
  permissions_id uuid NOT NULL,
  created_at timestamp(6) with time zone NOT NULL DEFAULT now(),
  CONSTRAINT organization_user_permissions_pkey PRIMARY KEY (organization_user_permissions_id),
  CONSTRAINT ux_org_user_permissions UNIQUE (organization_users_id, permissions_id),
  CONSTRAINT organization_user_permissions_organization_users_id_fkey FOREIGN KEY (organization_users_id) REFERENCES organization_users(organization_users_id) ON UPDATE CASCADE ON DELETE CASCADE,
  CONSTRAINT organization_user_permissions_permissions_id_fkey FOREIGN KEY (permissions_id) REFERENCES permissions(permissions_id) ON UPDATE CASCADE ON DELETE CASCADE
);
CREATE INDEX organization_user_permissions_permissions_id_idx ON public.organization_user_permissions USING btree (permissions_id);
CREATE TRIGGER "!audit_delete" AFTER DELETE ON public.organization_user_permissions FOR EACH ROW EXECUTE FUNCTION audit.record_organization_user_permissions();
CREATE TRIGGER "!audit_insert" AFTER INSERT ON public.organization_user_permissions REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION audit.record_organization_user_permissions();
CREATE TRIGGER "!audit_truncate" AFTER TRUNCATE ON public.organization_user_permissions FOR EACH STATEMENT EXECUTE FUNCTION audit.record_organization_user_permissions();
CREATE TRIGGER "!audit_update" AFTER UPDATE ON public.organization_user_permissions FOR EACH ROW EXECUTE FUNCTION audit.record_organization_user_permissions();

---- table public.organization_users
CREATE TABLE public.organization_users (
  organization_users_id uuid NOT NULL DEFAULT gen_random_uuid(),
  customer_profiles_id uuid NOT NULL,
  users_id uuid NOT NULL,
  invited_by_user_id uuid,
  role_id uuid,
  status organization_user_status NOT NULL DEFAULT 'invited'::organization_user_status,
  invitation_token text,
  invitation_expires_at timestamp(6) with time zone,
  last_accessed_at timestamp(6) with time zone,
  created_at timestamp(6) with time zone NOT NULL DEFAULT now(),
  updated_at timestamp(6) with time zone NOT NULL DEFAULT now(),
  CONSTRAINT organization_users_pkey PRIMARY KEY (organization_users_id),
  CONSTRAINT organization_users_customer_profiles_id_users_id_key UNIQUE (customer_profiles_id, users_id),
  CONSTRAINT organization_users_invitation_token_key UNIQUE (invitation_token),
  CONSTRAINT organization_users_customer_profiles_id_fkey FOREIGN KEY (customer_profiles_id) REFERENCES customer_profiles(customer_profiles_id) ON UPDATE CASCADE ON DELETE CASCADE,
  CONSTRAINT organization_users_invited_by_user_id_fkey FOREIGN KEY (invited_by_user_id) REFERENCES users(users_id) ON UPDATE CASCADE ON DELETE SET NULL,
  CONSTRAINT organization_users_role_id_fkey FOREIGN KEY (role_id) REFERENCES roles(roles_id) ON UPDATE CASCADE ON DELETE SET NULL,
  CONSTRAINT organization_users_users_id_fkey FOREIGN KEY (users_id) REFERENCES users(users_id) ON UPDATE CASCADE ON DELETE CASCADE
);
CREATE INDEX idx_organization_users_invitations ON public.organization_users USING btree (invitation_expires_at) WHERE (status = 'invited'::organization_user_status);
CREATE INDEX organization_users_invited_by_user_id_idx ON public.organization_users USING btree (invited_by_user_id);
CREATE INDEX organization_users_role_id_idx ON public.organization_users USING btree (role_id);
CREATE INDEX organization_users_users_id_idx ON public.organization_users USING btree (users_id);
CREATE TRIGGER "!audit_delete" AFTER DELETE ON public.organization_users FOR EACH ROW EXECUTE FUNCTION audit.record_organization_users();
CREATE TRIGGER "!audit_insert" AFTER INSERT ON public.organization_users REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION audit.record_organization_users();
CREATE TRIGGER "!audit_truncate" AFTER TRUNCATE ON public.organization_users FOR EACH STATEMENT EXECUTE FUNCTION audit.record_organization_users();
CREATE TRIGGER "!audit_update" AFTER UPDATE ON public.organization_users FOR EACH ROW EXECUTE FUNCTION audit.record_organization_users();
CREATE TRIGGER organization_users_set_updated_at BEFORE UPDATE ON public.organization_users FOR EACH ROW EXECUTE FUNCTION set_updated_at();

---- table public.permissions
CREATE TABLE public.permissions (
  permissions_id uuid NOT NULL DEFAULT gen_random_uuid(),
  slug text NOT NULL,
  description text,
  created_at timestamp(6) with time zone NOT NULL DEFAULT now(),
  updated_at timestamp(6) with time zone NOT NULL DEFAULT now(),
  CONSTRAINT permissions_pkey PRIMARY KEY (permissions_id),
  CONSTRAINT permissions_slug_key UNIQUE (slug)
);
CREATE TRIGGER "!audit_delete" AFTER DELETE ON public.permissions REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION audit.record_permissions();
CREATE TRIGGER "!audit_insert" AFTER INSERT ON public.permissions REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION audit.record_permissions();
CREATE TRIGGER "!audit_truncate" AFTER TRUNCATE ON public.permissions FOR EACH STATEMENT EXECUTE FUNCTION audit.record_permissions();
CREATE TRIGGER "!audit_update" AFTER UPDATE ON public.permissions FOR EACH ROW EXECUTE FUNCTION audit.record_permissions();
CREATE TRIGGER permissions_set_updated_at BEFORE UPDATE ON public.permissions FOR EACH ROW EXECUTE FUNCTION set_updated_at();

---- table public.prices
CREATE TABLE public.prices (
  prices_id text NOT NULL,
  product_id text NOT NULL,
  active boolean NOT NULL DEFAULT true,
  currency character(3) NOT NULL,
  type text NOT NULL,
  recurring jsonb,
  unit_amount bigint,
  metadata jsonb NOT NULL DEFAULT '{}'::jsonb,
  livemode boolean NOT NULL DEFAULT false,
  stripe_updated_at timestamp(6) with time zone,
  created_at timestamp(6) with time zone NOT NULL DEFAULT now(),
  updated_at timestamp(6) with time zone NOT NULL DEFAULT now(),
  CONSTRAINT prices_pkey PRIMARY KEY (prices_id),
  CONSTRAINT prices_product_id_fkey FOREIGN KEY (product_id) REFERENCES products(products_id) ON UPDATE CASCADE ON DELETE CASCADE
);
CREATE INDEX idx_prices_active ON public.prices USING btree (active);
CREATE INDEX idx_prices_product ON public.prices USING btree (product_id);
CREATE TRIGGER "!audit_delete" AFTER DELETE ON public.prices REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION audit.record_prices();
CREATE TRIGGER "!audit_insert" AFTER INSERT ON public.prices REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION audit.record_prices();
CREATE TRIGGER "!audit_truncate" AFTER TRUNCATE ON public.prices FOR EACH STATEMENT EXECUTE FUNCTION audit.record_prices();
CREATE TRIGGER "!audit_update" AFTER UPDATE ON public.prices FOR EACH ROW EXECUTE FUNCTION audit.record_prices();
CREATE TRIGGER prices_set_updated_at BEFORE UPDATE ON public.prices FOR EACH ROW EXECUTE FUNCTION set_updated_at();

---- table public.products
CREATE TABLE public.products (
  products_id text NOT NULL,
  name text,
  description text,
  active boolean NOT NULL DEFAULT true,
  metadata jsonb NOT NULL DEFAULT '{}'::jsonb,
  images text[] NOT NULL DEFAULT '{}'::text[],
  livemode boolean NOT NULL DEFAULT false,
  stripe_updated_at timestamp(6) with time zone,
  created_at timestamp(6) with time zone NOT NULL DEFAULT now(),
  updated_at timestamp(6) with time zone NOT NULL DEFAULT now(),
  CONSTRAINT products_pkey PRIMARY KEY (products_id)
);
CREATE TRIGGER "!audit_delete" AFTER DELETE ON public.products REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION audit.record_products();
CREATE TRIGGER "!audit_insert" AFTER INSERT ON public.products REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION audit.record_products();
CREATE TRIGGER "!audit_truncate" AFTER TRUNCATE ON public.products FOR EACH STATEMENT EXECUTE FUNCTION audit.record_products();
CREATE TRIGGER "!audit_update" AFTER UPDATE ON public.products FOR EACH ROW EXECUTE FUNCTION audit.record_products();
CREATE TRIGGER products_set_updated_at BEFORE UPDATE ON public.products FOR EACH ROW EXECUTE FUNCTION set_updated_at();

---- table public.requests
CREATE TABLE public.requests (
  requests_id bigint NOT NULL DEFAULT nextval('requests_requests_id_seq'::regclass),
  venues_id uuid NOT NULL,
  singer_profiles_id uuid,
  submitted_by_users_id uuid,
  singer_name text,
  artist text NOT NULL,
  title text NOT NULL,
  key_change integer NOT NULL DEFAULT 0,
  notes text,
  song_fingerprint text,
  submission_key uuid,
  processed boolean NOT NULL DEFAULT false,
  requested_at timestamp(6) with time zone NOT NULL DEFAULT now(),
  processed_at timestamp(6) with time zone,
  created_at timestamp(6) with time zone NOT NULL DEFAULT now(),
  updated_at timestamp(6) with time zone NOT NULL DEFAULT now(),
  CONSTRAINT requests_pkey PRIMARY KEY (requests_id),
  CONSTRAINT requests_singer_profiles_id_fkey FOREIGN KEY (singer_profiles_id) REFERENCES singer_profiles(singer_profiles_id) ON UPDATE CASCADE ON DELETE SET NULL,
  CONSTRAINT requests_submitted_by_users_id_fkey FOREIGN KEY (submitted_by_users_id) REFERENCES users(users_id) ON UPDATE CASCADE ON DELETE SET NULL,
  CONSTRAINT requests_venues_id_fkey FOREIGN KEY (venues_id) REFERENCES venues(venues_id) ON UPDATE CASCADE ON DELETE CASCADE
);
CREATE INDEX idx_requests_venue_processed ON public.requests USING btree (venues_id, processed);
CREATE INDEX requests_singer_profiles_id_idx ON public.requests USING btree (singer_profiles_id);
CREATE INDEX requests_submitted_by_users_id_idx ON public.requests USING btree (submitted_by_users_id);
CREATE INDEX requests_venues_id_requested_at_idx ON public.requests USING btree (venues_id, requested_at);
CREATE UNIQUE INDEX requests_venues_id_submission_key_key ON public.requests USING btree (venues_id, submission_key) WHERE (submission_key IS NOT NULL);
CREATE TRIGGER "!audit_delete" AFTER DELETE ON public.requests FOR EACH ROW EXECUTE FUNCTION audit.record_requests();
CREATE TRIGGER "!audit_insert" AFTER INSERT ON public.requests REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION audit.record_requests();
CREATE TRIGGER "!audit_truncate" AFTER TRUNCATE ON public.requests FOR EACH STATEMENT EXECUTE FUNCTION audit.record_requests();
CREATE TRIGGER "!audit_update" AFTER UPDATE ON public.requests FOR EACH ROW EXECUTE FUNCTION audit.record_requests();
CREATE TRIGGER requests_set_updated_at BEFORE UPDATE ON public.requests FOR EACH ROW EXECUTE FUNCTION set_updated_at();

---- table public.role_permissions
CREATE TABLE public.role_permissions (
  role_permissions_id uuid NOT NULL DEFAULT gen_random_uuid(),
  roles_id uuid NOT NULL,
  permissions_id uuid NOT NULL,
  created_at timestamp(6) with time zone NOT NULL DEFAULT now(),
  CONSTRAINT role_permissions_pkey PRIMARY KEY (role_permissions_id),
  CONSTRAINT ux_role_permissions_role_permission UNIQUE (roles_id, permissions_id),
  CONSTRAINT role_permissions_permissions_id_fkey FOREIGN KEY (permissions_id) REFERENCES permissions(permissions_id) ON UPDATE CASCADE ON DELETE CASCADE,
  CONSTRAINT role_permissions_roles_id_fkey FOREIGN KEY (roles_id) REFERENCES roles(roles_id) ON UPDATE CASCADE ON DELETE CASCADE
);
CREATE INDEX role_permissions_permissions_id_idx ON public.role_permissions USING btree (permissions_id);
CREATE TRIGGER "!audit_delete" AFTER DELETE ON public.role_permissions FOR EACH ROW EXECUTE FUNCTION audit.record_role_permissions();
CREATE TRIGGER "!audit_insert" AFTER INSERT ON public.role_permissions REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION audit.record_role_permissions();
CREATE TRIGGER "!audit_truncate" AFTER TRUNCATE ON public.role_permissions FOR EACH STATEMENT EXECUTE FUNCTION audit.record_role_permissions();
CREATE TRIGGER "!audit_update" AFTER UPDATE ON public.role_permissions FOR EACH ROW EXECUTE FUNCTION audit.record_role_permissions();

---- table public.roles
CREATE TABLE public.roles (
  roles_id uuid NOT NULL DEFAULT gen_random_uuid(),
  slug text NOT NULL,
  description text,
  is_system boolean NOT NULL DEFAULT false,
  created_at timestamp(6) with time zone NOT NULL DEFAULT now(),
  updated_at timestamp(6) with time zone NOT NULL DEFAULT now(),
  CONSTRAINT roles_pkey PRIMARY KEY (roles_id),
  CONSTRAINT roles_slug_key UNIQUE (slug)
);
CREATE TRIGGER "!audit_delete" AFTER DELETE ON public.roles REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION audit.record_roles();
CREATE TRIGGER "!audit_insert" AFTER INSERT ON public.roles REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION audit.record_roles();
CREATE TRIGGER "!audit_truncate" AFTER TRUNCATE ON public.roles FOR EACH STATEMENT EXECUTE FUNCTION audit.record_roles();
CREATE TRIGGER "!audit_update" AFTER UPDATE ON public.roles FOR EACH ROW EXECUTE FUNCTION audit.record_roles();
CREATE TRIGGER roles_set_updated_at BEFORE UPDATE ON public.roles FOR EACH ROW EXECUTE FUNCTION set_updated_at();

---- table public.sessions
CREATE TABLE public.sessions (
  sessions_id uuid NOT NULL DEFAULT gen_random_uuid(),
  users_id uuid NOT NULL,
  session_token text NOT NULL,
  expires_at timestamp(6) with time zone NOT NULL,
  created_at timestamp(6) with time zone NOT NULL DEFAULT now(),
  updated_at timestamp(6) with time zone NOT NULL DEFAULT now(),
  CONSTRAINT sessions_pkey PRIMARY KEY (sessions_id),
  CONSTRAINT sessions_session_token_key UNIQUE (session_token),
  CONSTRAINT sessions_users_id_fkey FOREIGN KEY (users_id) REFERENCES users(users_id) ON UPDATE CASCADE ON DELETE CASCADE
);
CREATE INDEX idx_sessions_expires ON public.sessions USING btree (expires_at);
CREATE INDEX sessions_users_id_idx ON public.sessions USING btree (users_id);
CREATE TRIGGER "!audit_delete" AFTER DELETE ON public.sessions REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION audit.record_sessions();
CREATE TRIGGER "!audit_insert" AFTER INSERT ON public.sessions REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION audit.record_sessions();
CREATE TRIGGER "!audit_truncate" AFTER TRUNCATE ON public.sessions FOR EACH STATEMENT EXECUTE FUNCTION audit.record_sessions();
CREATE TRIGGER "!audit_update" AFTER UPDATE ON public.sessions FOR EACH ROW EXECUTE FUNCTION audit.record_sessions();
CREATE TRIGGER sessions_set_updated_at BEFORE UPDATE ON public.sessions FOR EACH ROW EXECUTE FUNCTION set_updated_at();

---- table public.singer_favorite_songs
CREATE TABLE public.singer_favorite_songs (
  singer_favorite_songs_id uuid NOT NULL DEFAULT gen_random_uuid(),
  singer_profiles_id uuid NOT NULL,
  artist text,
  title text,
  key_change integer NOT NULL DEFAULT 0,
  metadata jsonb DEFAULT '{}'::jsonb,
  created_at timestamp(6) with time zone NOT NULL DEFAULT now(),
  updated_at timestamp(6) with time zone NOT NULL DEFAULT now(),
  CONSTRAINT singer_favorite_songs_pkey PRIMARY KEY (singer_favorite_songs_id),
  CONSTRAINT singer_favorite_songs_singer_profiles_id_artist_title_key_c_key UNIQUE NULLS NOT DISTINCT (singer_profiles_id, artist, title, key_change),
  CONSTRAINT singer_favorite_songs_singer_profiles_id_fkey FOREIGN KEY (singer_profiles_id) REFERENCES singer_profiles(singer_profiles_id) ON UPDATE CASCADE ON DELETE CASCADE
);
CREATE TRIGGER "!audit_delete" AFTER DELETE ON public.singer_favorite_songs REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION audit.record_singer_favorite_songs();
CREATE TRIGGER "!audit_insert" AFTER INSERT ON public.singer_favorite_songs REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION audit.record_singer_favorite_songs();
CREATE TRIGGER "!audit_truncate" AFTER TRUNCATE ON public.singer_favorite_songs FOR EACH STATEMENT EXECUTE FUNCTION audit.record_singer_favorite_songs();
CREATE TRIGGER "!audit_update" AFTER UPDATE ON public.singer_favorite_songs FOR EACH ROW EXECUTE FUNCTION audit.record_singer_favorite_songs();
CREATE TRIGGER singer_favorite_songs_set_updated_at BEFORE UPDATE ON public.singer_favorite_songs FOR EACH ROW EXECUTE FUNCTION set_updated_at();

---- table public.singer_favorite_venues
CREATE TABLE public.singer_favorite_venues (
  singer_profiles_id uuid NOT NULL,
  venues_id uuid NOT NULL,
  created_at timestamp(6) with time zone NOT NULL DEFAULT now(),
  CONSTRAINT singer_favorite_venues_pkey PRIMARY KEY (singer_profiles_id, venues_id),
  CONSTRAINT singer_favorite_venues_singer_profiles_id_fkey FOREIGN KEY (singer_profiles_id) REFERENCES singer_profiles(singer_profiles_id) ON UPDATE CASCADE ON DELETE CASCADE,
  CONSTRAINT singer_favorite_venues_venues_id_fkey FOREIGN KEY (venues_id) REFERENCES venues(venues_id) ON UPDATE CASCADE ON DELETE CASCADE
);
CREATE INDEX singer_favorite_venues_venues_id_idx ON public.singer_favorite_venues USING btree (venues_id);
CREATE TRIGGER "!audit_delete" AFTER DELETE ON public.singer_favorite_venues FOR EACH ROW EXECUTE FUNCTION audit.record_singer_favorite_venues();
CREATE TRIGGER "!audit_insert" AFTER INSERT ON public.singer_favorite_venues REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION audit.record_singer_favorite_venues();
CREATE TRIGGER "!audit_truncate" AFTER TRUNCATE ON public.singer_favorite_venues FOR EACH STATEMENT EXECUTE FUNCTION audit.record_singer_favorite_venues();
CREATE TRIGGER "!audit_update" AFTER UPDATE ON public.singer_favorite_venues FOR EACH ROW EXECUTE FUNCTION audit.record_singer_favorite_venues();

---- table public.singer_profiles
CREATE TABLE public.singer_profiles (
  singer_profiles_id uuid NOT NULL DEFAULT gen_random_uuid(),
  users_id uuid NOT NULL,
  nickname text,
  avatar_url text,
  preferences jsonb DEFAULT '{}'::jsonb,
  created_at timestamp(6) with time zone NOT NULL DEFAULT now(),
  updated_at timestamp(6) with time zone NOT NULL DEFAULT now(),
  CONSTRAINT singer_profiles_pkey PRIMARY KEY (singer_profiles_id),
  CONSTRAINT singer_profiles_users_id_key UNIQUE (users_id),
  CONSTRAINT singer_profiles_users_id_fkey FOREIGN KEY (users_id) REFERENCES users(users_id) ON UPDATE CASCADE ON DELETE CASCADE
);
CREATE TRIGGER "!audit_delete" AFTER DELETE ON public.singer_profiles REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION audit.record_singer_profiles();
CREATE TRIGGER "!audit_insert" AFTER INSERT ON public.singer_profiles REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION audit.record_singer_profiles();
CREATE TRIGGER "!audit_truncate" AFTER TRUNCATE ON public.singer_profiles FOR EACH STATEMENT EXECUTE FUNCTION audit.record_singer_profiles();
CREATE TRIGGER "!audit_update" AFTER UPDATE ON public.singer_profiles FOR EACH ROW EXECUTE FUNCTION audit.record_singer_profiles();
CREATE TRIGGER singer_profiles_set_updated_at BEFORE UPDATE ON public.singer_profiles FOR EACH ROW EXECUTE FUNCTION set_updated_at();

---- table public.singer_request_history
CREATE TABLE public.singer_request_history (
  singer_request_history_id uuid NOT NULL DEFAULT gen_random_uuid(),
  singer_profiles_id uuid NOT NULL,
  venues_id uuid NOT NULL,
  artist text NOT NULL,
  title text NOT NULL,
  key_change integer NOT NULL DEFAULT 0,
  requested_at timestamp(6) with time zone NOT NULL DEFAULT now(),
  song_fingerprint text NOT NULL,
  created_at timestamp(6) with time zone NOT NULL DEFAULT now(),
  updated_at timestamp(6) with time zone NOT NULL DEFAULT now(),
  CONSTRAINT singer_request_history_pkey PRIMARY KEY (singer_request_history_id),
  CONSTRAINT singer_request_history_singer_profiles_id_fkey FOREIGN KEY (singer_profiles_id) REFERENCES singer_profiles(singer_profiles_id) ON UPDATE CASCADE ON DELETE CASCADE,
  CONSTRAINT singer_request_history_venues_id_fkey FOREIGN KEY (venues_id) REFERENCES venues(venues_id) ON UPDATE CASCADE ON DELETE CASCADE
);
CREATE INDEX idx_singer_request_history_profile ON public.singer_request_history USING btree (singer_profiles_id, requested_at DESC);
CREATE INDEX idx_singer_request_history_song ON public.singer_request_history USING btree (song_fingerprint, venues_id);
CREATE INDEX singer_request_history_requested_at_idx ON public.singer_request_history USING btree (requested_at);
CREATE INDEX singer_request_history_song_fingerprint_requested_at_idx ON public.singer_request_history USING btree (song_fingerprint, requested_at);
CREATE INDEX singer_request_history_venues_id_requested_at_idx ON public.singer_request_history USING btree (venues_id, requested_at) INCLUDE (song_fingerprint);
CREATE TRIGGER "!audit_delete" AFTER DELETE ON public.singer_request_history FOR EACH ROW EXECUTE FUNCTION audit.record_singer_request_history();
CREATE TRIGGER "!audit_insert" AFTER INSERT ON public.singer_request_history REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION audit.record_singer_request_history();
CREATE TRIGGER "!audit_truncate" AFTER TRUNCATE ON public.singer_request_history FOR EACH STATEMENT EXECUTE FUNCTION audit.record_singer_request_history();
CREATE TRIGGER "!audit_update" AFTER UPDATE ON public.singer_request_history FOR EACH ROW EXECUTE FUNCTION audit.record_singer_request_history();
CREATE TRIGGER singer_request_history_set_updated_at BEFORE UPDATE ON public.singer_request_history FOR EACH ROW EXECUTE FUNCTION set_updated_at();

---- table public.songdb
CREATE TABLE public.songdb (
  songdb_id bigint NOT NULL DEFAULT nextval('songdb_songdb_id_seq'::regclass),
  customer_profiles_id uuid NOT NULL,
  openkj_system_id integer NOT NULL,
  artist text NOT NULL,
  title text NOT NULL,
  combined text NOT NULL,
  normalized_combined text COLLATE "C" NOT NULL,
  created_at timestamp(6) with time zone NOT NULL DEFAULT now(),
  updated_at timestamp(6) with time zone NOT NULL DEFAULT now(),
  CONSTRAINT songdb_pkey PRIMARY KEY (songdb_id),
  CONSTRAINT songdb_customer_profiles_id_openkj_system_id_combined_key UNIQUE (customer_profiles_id, openkj_system_id, combined),
  CONSTRAINT songdb_customer_profiles_id_openkj_system_id_normalized_combine UNIQUE (customer_profiles_id, openkj_system_id, normalized_combined),
  CONSTRAINT songdb_customer_profiles_id_fkey FOREIGN KEY (customer_profiles_id) REFERENCES customer_profiles(customer_profiles_id) ON UPDATE CASCADE ON DELETE CASCADE
);
CREATE INDEX idx_songdb_compact ON public.songdb USING btree (translate(normalized_combined, ' -/()[]{}"&,!?:;_+*#@''.'::text, ''::text));
CREATE INDEX idx_songdb_compact_title ON public.songdb USING btree (translate(substr(normalized_combined, (strpos(normalized_combined, ' - '::text) + 3)), ' -/()[]{}"&,!?:;_+*#@''.'::text, ''::text));
CREATE INDEX idx_songdb_customer_system_artist ON public.songdb USING btree (customer_profiles_id, openkj_system_id, artist);
CREATE INDEX idx_songdb_customer_system_compact ON public.songdb USING btree (customer_profiles_id, openkj_system_id, translate(normalized_combined, ' -/()[]{}"&,!?:;_+*#@''.'::text, ''::text));
CREATE INDEX idx_songdb_customer_system_compact_title ON public.songdb USING btree (customer_profiles_id, openkj_system_id, translate(substr(normalized_combined, (strpos(normalized_combined, ' - '::text) + 3)), ' -/()[]{}"&,!?:;_+*#@''.'::text, ''::text));
CREATE INDEX idx_songdb_normalized_combined ON public.songdb USING btree (normalized_combined);
CREATE INDEX idx_songdb_words ON public.songdb USING gin (((' '::text || translate(normalized_combined, '-/()[]{}"&,!?:;_+*#@''.'::text, '                    '::text))) gin_trgm_ops, (ARRAY[customer_profiles_id]));
CREATE TRIGGER "!audit_delete" AFTER DELETE ON public.songdb REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION audit.record_songdb();
CREATE TRIGGER "!audit_insert" AFTER INSERT ON public.songdb REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION audit.record_songdb();
CREATE TRIGGER "!audit_truncate" AFTER TRUNCATE ON public.songdb FOR EACH STATEMENT EXECUTE FUNCTION audit.record_songdb();
CREATE TRIGGER "!audit_update" AFTER UPDATE ON public.songdb FOR EACH ROW EXECUTE FUNCTION audit.record_songdb();
CREATE TRIGGER songdb_set_updated_at BEFORE UPDATE ON public.songdb FOR EACH ROW EXECUTE FUNCTION set_updated_at();

---- table public.state
CREATE TABLE public.state (
  customer_profiles_id uuid NOT NULL,
  serial bigint NOT NULL DEFAULT 1,
  CONSTRAINT state_pkey PRIMARY KEY (customer_profiles_id),
  CONSTRAINT state_customer_profiles_id_fkey FOREIGN KEY (customer_profiles_id) REFERENCES customer_profiles(customer_profiles_id) ON UPDATE CASCADE ON DELETE CASCADE
);
CREATE TRIGGER "!audit_delete" AFTER DELETE ON public.state REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION audit.record_state();
CREATE TRIGGER "!audit_insert" AFTER INSERT ON public.state REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION audit.record_state();
CREATE TRIGGER "!audit_truncate" AFTER TRUNCATE ON public.state FOR EACH STATEMENT EXECUTE FUNCTION audit.record_state();
CREATE TRIGGER "!audit_update" AFTER UPDATE ON public.state FOR EACH ROW EXECUTE FUNCTION audit.record_state();

---- table public.stripe_checkout_sessions
CREATE TABLE public.stripe_checkout_sessions (
  stripe_checkout_sessions_id text NOT NULL,
  customers_id uuid NOT NULL,
  payment_status text NOT NULL,
  mode text NOT NULL,
  amount_total bigint,
  currency text NOT NULL,
  url text,
  metadata jsonb NOT NULL DEFAULT '{}'::jsonb,
  completed_at timestamp(6) with time zone,
  expires_at timestamp(6) with time zone,
  stripe_updated_at timestamp(6) with time zone,
  created_at timestamp(6) with time zone NOT NULL DEFAULT now(),
  CONSTRAINT stripe_checkout_sessions_pkey PRIMARY KEY (stripe_checkout_sessions_id),
  CONSTRAINT stripe_checkout_sessions_customers_id_fkey FOREIGN KEY (customers_id) REFERENCES customers(customers_id) ON UPDATE CASCADE ON DELETE CASCADE
);
CREATE INDEX stripe_checkout_sessions_customers_id_idx ON public.stripe_checkout_sessions USING btree (customers_id);
CREATE TRIGGER "!audit_delete" AFTER DELETE ON public.stripe_checkout_sessions REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION audit.record_stripe_checkout_sessions();
CREATE TRIGGER "!audit_insert" AFTER INSERT ON public.stripe_checkout_sessions REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION audit.record_stripe_checkout_sessions();
CREATE TRIGGER "!audit_truncate" AFTER TRUNCATE ON public.stripe_checkout_sessions FOR EACH STATEMENT EXECUTE FUNCTION audit.record_stripe_checkout_sessions();
CREATE TRIGGER "!audit_update" AFTER UPDATE ON public.stripe_checkout_sessions FOR EACH ROW EXECUTE FUNCTION audit.record_stripe_checkout_sessions();

---- table public.stripe_webhook_events
CREATE TABLE public.stripe_webhook_events (
  stripe_webhook_events_id integer NOT NULL DEFAULT nextval('stripe_webhook_events_stripe_webhook_events_id_seq'::regclass),
  event_id text NOT NULL,
  event_type text NOT NULL,
  payload jsonb NOT NULL,
  processed boolean NOT NULL DEFAULT false,
  processed_at timestamp(6) with time zone,
  received_at timestamp(6) with time zone NOT NULL DEFAULT now(),
  livemode boolean NOT NULL DEFAULT false,
  error_message text,
  request_id text,
  endpoint_secret text,
  attempts integer DEFAULT 0,
  next_attempt_at timestamp(6) with time zone,
  CONSTRAINT stripe_webhook_events_pkey PRIMARY KEY (stripe_webhook_events_id),
  CONSTRAINT stripe_webhook_events_event_id_key UNIQUE (event_id)
);
CREATE INDEX idx_stripe_webhook_events_pending ON public.stripe_webhook_events USING btree (stripe_webhook_events_id) WHERE (NOT processed);
CREATE INDEX idx_stripe_webhook_events_processed ON public.stripe_webhook_events USING btree (processed_at) WHERE processed;
CREATE INDEX idx_stripe_webhook_events_type ON public.stripe_webhook_events USING btree (event_type, stripe_webhook_events_id);
CREATE TRIGGER "!audit_delete" AFTER DELETE ON public.stripe_webhook_events REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION audit.record_stripe_webhook_events();
CREATE TRIGGER "!audit_insert" AFTER INSERT ON public.stripe_webhook_events REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION audit.record_stripe_webhook_events();
CREATE TRIGGER "!audit_truncate" AFTER TRUNCATE ON public.stripe_webhook_events FOR EACH STATEMENT EXECUTE FUNCTION audit.record_stripe_webhook_events();
CREATE TRIGGER "!audit_update" AFTER UPDATE ON public.stripe_webhook_events FOR EACH ROW EXECUTE FUNCTION audit.record_stripe_webhook_events();

---- table public.subscriptions
CREATE TABLE public.subscriptions (
  subscriptions_id text NOT NULL,
  customer_profiles_id uuid NOT NULL,
  status text NOT NULL,
  current_period_start timestamp(6) with time zone NOT NULL,
  current_period_end timestamp(6) with time zone NOT NULL,
  cancel_at_period_end boolean NOT NULL DEFAULT false,
  cancel_at timestamp(6) with time zone,
  canceled_at timestamp(6) with time zone,
  items jsonb,
  metadata jsonb NOT NULL DEFAULT '{}'::jsonb,
  livemode boolean NOT NULL DEFAULT false,
  stripe_updated_at timestamp(6) with time zone,
  created_at timestamp(6) with time zone NOT NULL DEFAULT now(),
  updated_at timestamp(6) with time zone NOT NULL DEFAULT now(),
  CONSTRAINT subscriptions_pkey PRIMARY KEY (subscriptions_id),
  CONSTRAINT subscriptions_customer_profiles_id_fkey FOREIGN KEY (customer_profiles_id) REFERENCES customer_profiles(customer_profiles_id) ON UPDATE CASCADE ON DELETE CASCADE
);
CREATE INDEX idx_subscriptions_customer_profile ON public.subscriptions USING btree (customer_profiles_id);
CREATE INDEX idx_subscriptions_status ON public.subscriptions USING btree (status);
CREATE TRIGGER "!audit_delete" AFTER DELETE ON public.subscriptions REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION audit.record_subscriptions();
CREATE TRIGGER "!audit_insert" AFTER INSERT ON public.subscriptions REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION audit.record_subscriptions();
CREATE TRIGGER "!audit_truncate" AFTER TRUNCATE ON public.subscriptions FOR EACH STATEMENT EXECUTE FUNCTION audit.record_subscriptions();
CREATE TRIGGER "!audit_update" AFTER UPDATE ON public.subscriptions FOR EACH ROW EXECUTE FUNCTION audit.record_subscriptions();
CREATE TRIGGER subscriptions_set_updated_at BEFORE UPDATE ON public.subscriptions FOR EACH ROW EXECUTE FUNCTION set_updated_at();

---- table public.systems
CREATE TABLE public.systems (
  systems_id uuid NOT NULL DEFAULT gen_random_uuid(),
  customer_profiles_id uuid NOT NULL,
  openkj_system_id integer NOT NULL,
  name text NOT NULL,
  configuration jsonb DEFAULT '{}'::jsonb,
  created_at timestamp(6) with time zone NOT NULL DEFAULT now(),
  updated_at timestamp(6) with time zone NOT NULL DEFAULT now(),
  CONSTRAINT systems_pkey PRIMARY KEY (systems_id),
  CONSTRAINT systems_customer_profiles_id_openkj_system_id_key UNIQUE (customer_profiles_id, openkj_system_id),
  CONSTRAINT systems_customer_profiles_id_fkey FOREIGN KEY (customer_profiles_id) REFERENCES customer_profiles(customer_profiles_id) ON UPDATE CASCADE ON DELETE CASCADE
);
CREATE INDEX idx_systems_customer_profile ON public.systems USING btree (customer_profiles_id);
CREATE TRIGGER "!audit_delete" AFTER DELETE ON public.systems REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION audit.record_systems();
CREATE TRIGGER "!audit_insert" AFTER INSERT ON public.systems REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION audit.record_systems();
CREATE TRIGGER "!audit_truncate" AFTER TRUNCATE ON public.systems FOR EACH STATEMENT EXECUTE FUNCTION audit.record_systems();
CREATE TRIGGER "!audit_update" AFTER UPDATE ON public.systems FOR EACH ROW EXECUTE FUNCTION audit.record_systems();
CREATE TRIGGER systems_set_updated_at BEFORE UPDATE ON public.systems FOR EACH ROW EXECUTE FUNCTION set_updated_at();

---- table public.user_roles
CREATE TABLE public.user_roles (
  user_roles_id uuid NOT NULL DEFAULT gen_random_uuid(),
  users_id uuid NOT NULL,
  roles_id uuid NOT NULL,
  created_at timestamp(6) with time zone NOT NULL DEFAULT now(),
  CONSTRAINT user_roles_pkey PRIMARY KEY (user_roles_id),
  CONSTRAINT ux_user_roles_user_role UNIQUE (users_id, roles_id),
  CONSTRAINT user_roles_roles_id_fkey FOREIGN KEY (roles_id) REFERENCES roles(roles_id) ON UPDATE CASCADE ON DELETE CASCADE,
  CONSTRAINT user_roles_users_id_fkey FOREIGN KEY (users_id) REFERENCES users(users_id) ON UPDATE CASCADE ON DELETE CASCADE
);
CREATE INDEX user_roles_roles_id_idx ON public.user_roles USING btree (roles_id);
CREATE TRIGGER "!audit_delete" AFTER DELETE ON public.user_roles FOR EACH ROW EXECUTE FUNCTION audit.record_user_roles();
CREATE TRIGGER "!audit_insert" AFTER INSERT ON public.user_roles REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION audit.record_user_roles();
CREATE TRIGGER "!audit_truncate" AFTER TRUNCATE ON public.user_roles FOR EACH STATEMENT EXECUTE FUNCTION audit.record_user_roles();
CREATE TRIGGER "!audit_update" AFTER UPDATE ON public.user_roles FOR EACH ROW EXECUTE FUNCTION audit.record_user_roles();

---- table public.users
CREATE TABLE public.users (
  users_id uuid NOT NULL DEFAULT gen_random_uuid(),
  email text NOT NULL,
  password_hash text,
  password_algo text,
  name text,
  display_name text,
  phone_number text,
  image_url text,
  is_email_verified boolean NOT NULL DEFAULT false,
  last_login_at timestamp(6) with time zone,
  created_at timestamp(6) with time zone NOT NULL DEFAULT now(),
  updated_at timestamp(6) with time zone NOT NULL DEFAULT now(),
  CONSTRAINT users_pkey PRIMARY KEY (users_id),
  CONSTRAINT users_email_key UNIQUE (email)
);
CREATE UNIQUE INDEX users_lower_email_key ON public.users USING btree (lower((NORMALIZE(email, NFC) COLLATE "C")));
CREATE TRIGGER "!audit_delete" AFTER DELETE ON public.users REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION audit.record_users();
CREATE TRIGGER "!audit_insert" AFTER INSERT ON public.users REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION audit.record_users();
CREATE TRIGGER "!audit_truncate" AFTER TRUNCATE ON public.users FOR EACH STATEMENT EXECUTE FUNCTION audit.record_users();
CREATE TRIGGER "!audit_update" AFTER UPDATE ON public.users FOR EACH ROW EXECUTE FUNCTION audit.record_users();
CREATE TRIGGER users_set_updated_at BEFORE UPDATE ON public.users FOR EACH ROW EXECUTE FUNCTION set_updated_at();

---- table public.venues
CREATE TABLE public.venues (
  venues_id uuid NOT NULL DEFAULT gen_random_uuid(),
  customer_profiles_id uuid NOT NULL,
  openkj_venue_id integer NOT NULL,
  url_name text NOT NULL,
  accepting_requests boolean NOT NULL DEFAULT true,
  name text NOT NULL,
  address text NOT NULL,
  city text NOT NULL,
  state text NOT NULL,
  postal_code text NOT NULL,
  country text,
  phone_number text,
  website text,
  location geography(Point,4326),
  active_openkj_system_id integer,
  created_at timestamp(6) with time zone NOT NULL DEFAULT now(),
  updated_at timestamp(6) with time zone NOT NULL DEFAULT now(),
  CONSTRAINT venues_pkey PRIMARY KEY (venues_id),
  CONSTRAINT venues_customer_profiles_id_openkj_venue_id_key UNIQUE (customer_profiles_id, openkj_venue_id),
  CONSTRAINT venues_url_name_key UNIQUE (url_name),
  CONSTRAINT venues_customer_profiles_id_fkey FOREIGN KEY (customer_profiles_id) REFERENCES customer_profiles(customer_profiles_id) ON UPDATE CASCADE ON DELETE CASCADE
);
CREATE INDEX idx_venues_customer_profile ON public.venues USING btree (customer_profiles_id);
CREATE INDEX idx_venues_location ON public.venues USING gist (location);
CREATE TRIGGER "!audit_delete" AFTER DELETE ON public.venues REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION audit.record_venues();
CREATE TRIGGER "!audit_insert" AFTER INSERT ON public.venues REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION audit.record_venues();
CREATE TRIGGER "!audit_truncate" AFTER TRUNCATE ON public.venues FOR EACH STATEMENT EXECUTE FUNCTION audit.record_venues();
CREATE TRIGGER "!audit_update" AFTER UPDATE ON public.venues FOR EACH ROW EXECUTE FUNCTION audit.record_venues();
CREATE TRIGGER venues_set_updated_at BEFORE UPDATE ON public.venues FOR EACH ROW EXECUTE FUNCTION set_updated_at();

---- table public.verification_tokens
CREATE TABLE public.verification_tokens (
  identifier text NOT NULL,
  token text NOT NULL,
  expires_at timestamp(6) with time zone NOT NULL,
  created_at timestamp(6) with time zone NOT NULL DEFAULT now(),
  updated_at timestamp(6) with time zone NOT NULL DEFAULT now(),
  CONSTRAINT verification_tokens_pkey PRIMARY KEY (identifier, token)
);
CREATE INDEX idx_verification_tokens_expires ON public.verification_tokens USING btree (expires_at);
CREATE TRIGGER "!audit_delete" AFTER DELETE ON public.verification_tokens REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION audit.record_verification_tokens();
CREATE TRIGGER "!audit_insert" AFTER INSERT ON public.verification_tokens REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION audit.record_verification_tokens();
CREATE TRIGGER "!audit_truncate" AFTER TRUNCATE ON public.verification_tokens FOR EACH STATEMENT EXECUTE FUNCTION audit.record_verification_tokens();
CREATE TRIGGER "!audit_update" AFTER UPDATE ON public.verification_tokens FOR EACH ROW EXECUTE FUNCTION audit.record_verification_tokens();
CREATE TRIGGER verification_tokens_set_updated_at BEFORE UPDATE ON public.verification_tokens FOR EACH ROW EXECUTE FUNCTION set_updated_at();

---- function audit.add_entry(operation text, subject text, subject_id text, details jsonb, tenant text)
CREATE OR REPLACE FUNCTION audit.add_entry(operation text, subject text, subject_id text, details jsonb, tenant text DEFAULT NULL::text)
 RETURNS bigint
 LANGUAGE sql
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
        INSERT INTO public.audit_logs (operation, table_name, record_id, new_data, tenant_id,
          user_id, user_key, actor_name, on_behalf_of, reason, context, request_id, route, database_role, transaction_id)
        VALUES (operation, subject, subject_id, details, tenant,
          CASE WHEN current_setting('app.current_user_id', true) LIKE '________-____-____-____-____________'
            THEN current_setting('app.current_user_id', true)::uuid END,
          CASE WHEN current_setting('app.current_user_id', true) NOT LIKE '________-____-____-____-____________'
            THEN NULLIF(current_setting('app.current_user_id', true), '') END,
          NULLIF(current_setting('app.actor_name', true), ''),
          NULLIF(current_setting('app.on_behalf_of', true), ''),
          left(NULLIF(current_setting('app.reason', true), ''), 500),
          NULLIF(current_setting('app.context', true), '')::jsonb,
          NULLIF(current_setting('app.request_id', true), ''),
          NULLIF(current_setting('app.route', true), ''),
          coalesce(NULLIF(current_setting('role'), 'none'), session_user),
          pg_current_xact_id()::text::bigint)
        RETURNING sequence
      $function$
;
REVOKE EXECUTE ON FUNCTION audit.add_entry(operation text, subject text, subject_id text, details jsonb, tenant text) FROM PUBLIC;

---- function audit.add_rename(renamed_table text, renamed_column text, new_name text)
CREATE OR REPLACE FUNCTION audit.add_rename(renamed_table text, renamed_column text, new_name text)
 RETURNS void
 LANGUAGE sql
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
        INSERT INTO audit.renames (table_name, column_name, new_name, sequence)
        VALUES (renamed_table, renamed_column, new_name, coalesce(
          pg_sequence_last_value(pg_get_serial_sequence('public.audit_logs', 'sequence')::regclass), 0))
      $function$
;
REVOKE EXECUTE ON FUNCTION audit.add_rename(renamed_table text, renamed_column text, new_name text) FROM PUBLIC;

---- function audit.attach(audited regclass, redacted text[], incidental text[])
CREATE OR REPLACE FUNCTION audit.attach(audited regclass, redacted text[] DEFAULT '{}'::text[], incidental text[] DEFAULT '{}'::text[])
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
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
            AND p.proname LIKE 'record\_%' AND p.proname <> recorder
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
      $function$
;
REVOKE EXECUTE ON FUNCTION audit.attach(audited regclass, redacted text[], incidental text[]) FROM PUBLIC;

---- function audit.attach_month(whole regclass, first_day date)
CREATE OR REPLACE FUNCTION audit.attach_month(whole regclass, first_day date)
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET "TimeZone" TO 'UTC'
AS $function$
    BEGIN
      EXECUTE format('ALTER TABLE %s ATTACH PARTITION audit.%I FOR VALUES FROM (%L) TO (%L)',
        whole, audit.month_name(first_day), first_day::timestamptz,
        (first_day + make_interval(months => 1))::timestamptz);
    END;
    $function$
;
REVOKE EXECUTE ON FUNCTION audit.attach_month(whole regclass, first_day date) FROM PUBLIC;

---- function audit.attach_months(missing date[], with_entries date[])
CREATE OR REPLACE FUNCTION audit.attach_months(missing date[], with_entries date[])
 RETURNS SETOF text
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET "TimeZone" TO 'UTC'
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
        LOCK TABLE ONLY public.audit_logs IN ACCESS EXCLUSIVE MODE;
      ELSIF missing[1] <= clock_timestamp() + interval '1 minute' THEN
        LOCK TABLE ONLY public.audit_logs IN SHARE ROW EXCLUSIVE MODE;
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
        PERFORM audit.attach_month('public.audit_logs', first_day);
        RETURN NEXT name;
      END LOOP;
    END;
    $function$
;
REVOKE EXECUTE ON FUNCTION audit.attach_months(missing date[], with_entries date[]) FROM PUBLIC;

---- function audit.attached(audited regclass)
CREATE OR REPLACE FUNCTION audit.attached(audited regclass)
 RETURNS audit.audited_tables
 LANGUAGE plpgsql
 STABLE
 SET search_path TO 'pg_catalog', 'pg_temp'
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
      $function$
;
REVOKE EXECUTE ON FUNCTION audit.attached(audited regclass) FROM PUBLIC;

---- function audit.attribution()
CREATE OR REPLACE FUNCTION audit.attribution()
 RETURNS TABLE(place bigint, name text, type text, expression text)
 LANGUAGE sql
 IMMUTABLE
 SET search_path TO 'pg_catalog', 'pg_temp'
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
      $function$
;
REVOKE EXECUTE ON FUNCTION audit.attribution() FROM PUBLIC;

---- function audit.begin_maintenance()
CREATE OR REPLACE FUNCTION audit.begin_maintenance()
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
    BEGIN
      PERFORM audit.begin_partitioning();
      IF to_regclass('audit.audit_logs_moving') IS NOT NULL THEN
        DROP TABLE audit.audit_logs_moving;
      END IF;
    END;
    $function$
;
REVOKE EXECUTE ON FUNCTION audit.begin_maintenance() FROM PUBLIC;

---- function audit.begin_moving(missing date[])
CREATE OR REPLACE FUNCTION audit.begin_moving(missing date[])
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET "TimeZone" TO 'UTC'
AS $function$
    DECLARE
      first_day date;
    BEGIN
      CREATE TABLE audit.audit_logs_moving (LIKE public.audit_logs) PARTITION BY RANGE (created_at);
      FOREACH first_day IN ARRAY missing LOOP
        -- The constraint proves later that the month has no entries of others, so that it is attached without a scan.
        EXECUTE format('ALTER TABLE audit.%I ADD CONSTRAINT of_month CHECK (created_at >= %L AND created_at < %L)',
          audit.create_month(first_day), first_day::timestamptz,
          (first_day + make_interval(months => 1))::timestamptz);
        PERFORM audit.attach_month('audit.audit_logs_moving', first_day);
      END LOOP;
      CREATE TABLE audit.audit_logs_rest (LIKE public.audit_logs INCLUDING INDEXES);
      ALTER TABLE audit.audit_logs_moving ATTACH PARTITION audit.audit_logs_rest DEFAULT;
    END;
    $function$
;
REVOKE EXECUTE ON FUNCTION audit.begin_moving(missing date[]) FROM PUBLIC;

---- function audit.begin_partitioning()
CREATE OR REPLACE FUNCTION audit.begin_partitioning()
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
    BEGIN
      LOCK TABLE audit.audit_logs_default IN SHARE UPDATE EXCLUSIVE MODE;
      PERFORM set_config('audit.maintenance', 'on', true);
    END;
    $function$
;
REVOKE EXECUTE ON FUNCTION audit.begin_partitioning() FROM PUBLIC;

---- function audit.changed_columns_sql(audited regclass, before text, after text)
CREATE OR REPLACE FUNCTION audit.changed_columns_sql(audited regclass, before text, after text)
 RETURNS text
 LANGUAGE plpgsql
 STABLE
 SET search_path TO 'pg_catalog', 'pg_temp'
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
          E',\n          ' ORDER BY c.place) || '], NULL)'
        FROM audit.columns_of(audited) c);
      END;
      $function$
;
REVOKE EXECUTE ON FUNCTION audit.changed_columns_sql(audited regclass, before text, after text) FROM PUBLIC;

---- function audit.columns_of(audited regclass)
CREATE OR REPLACE FUNCTION audit.columns_of(audited regclass)
 RETURNS TABLE(place smallint, name text, type oid, modifier integer, form text, unlimited boolean, exact_equality boolean)
 LANGUAGE plpgsql
 STABLE
 SET search_path TO 'pg_catalog', 'pg_temp'
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
      $function$
;
REVOKE EXECUTE ON FUNCTION audit.columns_of(audited regclass) FROM PUBLIC;

---- function audit.copy_entries(batch integer)
CREATE OR REPLACE FUNCTION audit.copy_entries(batch integer)
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
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
      fence := pg_sequence_last_value(pg_get_serial_sequence('public.audit_logs', 'sequence')::regclass);
      writers := ARRAY(
        SELECT l.virtualtransaction FROM pg_locks l
        WHERE l.locktype = 'relation' AND l.relation = 'public.audit_logs'::regclass AND l.granted
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
    $function$
;
REVOKE EXECUTE ON FUNCTION audit.copy_entries(batch integer) FROM PUBLIC;

---- function audit.create_key_functions(parent regclass)
CREATE OR REPLACE FUNCTION audit.create_key_functions(parent regclass)
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
      DECLARE
        recorded text := audit.recorded_name(parent);
        key text := (audit.key_columns(parent))[1];
        type text;
        parent_of text := (SELECT t.parent_table FROM audit.tenant_tables t WHERE t.table_name = recorded);
        tenant text := (SELECT t.tenant_column FROM audit.tenant_tables t WHERE t.table_name = recorded);
        tenant_type text;
        is_of_tenant text;
        name text;
      BEGIN
        SELECT format_type(a.atttypid, NULL) INTO STRICT type FROM pg_attribute a WHERE a.attrelid = parent AND a.attname = key;
        SELECT format_type(a.atttypid, NULL) INTO STRICT tenant_type FROM pg_attribute a WHERE a.attrelid = parent AND a.attname = tenant;
        IF parent_of IS NOT NULL THEN
          PERFORM audit.create_key_functions(audit.relation(parent_of));
        END IF;
        is_of_tenant := CASE WHEN parent_of IS NULL THEN format('p.%I = ANY (%s)', tenant, audit.tenants_sql(tenant_type))
                             ELSE format('p.%I = ANY (audit.%I())', tenant, 'keys_' || parent_of) END;
        EXECUTE format('CREATE OR REPLACE FUNCTION audit.%I() RETURNS %s[] LANGUAGE plpgsql STABLE SECURITY DEFINER
            SET search_path = pg_catalog, pg_temp AS %L', 'keys_' || recorded, type,
          format('BEGIN RETURN ARRAY(SELECT p.%I FROM %s AS p WHERE %s); END', key, parent, is_of_tenant));
        EXECUTE format('CREATE OR REPLACE FUNCTION audit.%I(%s) RETURNS boolean LANGUAGE plpgsql STABLE SECURITY DEFINER
            SET search_path = pg_catalog, pg_temp AS %L', 'has_' || recorded, type,
          format('BEGIN RETURN EXISTS (SELECT FROM %s AS p WHERE p.%I = $1 AND %s); END', parent, key, is_of_tenant));
        FOREACH name IN ARRAY ARRAY[format('audit.%I()', 'keys_' || recorded), format('audit.%I(%s)', 'has_' || recorded, type)] LOOP
          EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', name);
        END LOOP;
      END;
      $function$
;
REVOKE EXECUTE ON FUNCTION audit.create_key_functions(parent regclass) FROM PUBLIC;

---- function audit.create_month(first_day date)
CREATE OR REPLACE FUNCTION audit.create_month(first_day date)
 RETURNS text
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
    DECLARE
      name text := audit.month_name(first_day);
    BEGIN
      -- Everything but the identity of the sequence, which belongs to audit_logs.
      EXECUTE format('CREATE TABLE audit.%I (LIKE public.audit_logs INCLUDING ALL EXCLUDING IDENTITY)', name);
      EXECUTE format('CREATE TRIGGER audit_logs_no_truncate BEFORE TRUNCATE ON audit.%I
        FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_change()', name);
      RETURN name;
    END;
    $function$
;
REVOKE EXECUTE ON FUNCTION audit.create_month(first_day date) FROM PUBLIC;

---- function audit.create_partitions(months integer)
CREATE OR REPLACE FUNCTION audit.create_partitions(months integer DEFAULT 3)
 RETURNS SETOF text
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET "TimeZone" TO 'UTC'
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
    $function$
;
REVOKE EXECUTE ON FUNCTION audit.create_partitions(months integer) FROM PUBLIC;

---- function audit.detach(audited regclass)
CREATE OR REPLACE FUNCTION audit.detach(audited regclass)
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
      BEGIN
        EXECUTE format('DROP FUNCTION audit.%I() CASCADE', audit.recorder_name(audited));
        DELETE FROM audit.audited_tables WHERE table_name = audit.recorded_name(audited);
      END;
      $function$
;
REVOKE EXECUTE ON FUNCTION audit.detach(audited regclass) FROM PUBLIC;

---- function audit.drop_isolation(isolated regclass)
CREATE OR REPLACE FUNCTION audit.drop_isolation(isolated regclass)
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
      DECLARE
        command text;
      BEGIN
        FOREACH command IN ARRAY ARRAY['read', 'insert', 'update', 'delete'] LOOP
          EXECUTE format('DROP POLICY IF EXISTS %I ON %s', 'tenant_' || command, isolated);
        END LOOP;
        EXECUTE format('DROP VIEW IF EXISTS audit.%I', 'visible_' || audit.recorded_name(isolated));
      END;
      $function$
;
REVOKE EXECUTE ON FUNCTION audit.drop_isolation(isolated regclass) FROM PUBLIC;

---- function audit.drop_month(month text)
CREATE OR REPLACE FUNCTION audit.drop_month(month text)
 RETURNS TABLE(pruned_table text, entries bigint)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET "TimeZone" TO 'UTC'
AS $function$
      DECLARE
        lock_timeout text := current_setting('lock_timeout');
        kept public.audit_logs[];
      BEGIN
        PERFORM audit.begin_maintenance();
        -- Another process may have dropped it meanwhile.
        IF month IN (SELECT audit.months_before('infinity')) THEN
          -- Waits for open writes to the partition, so that all its entries are counted. Reads can continue.
          EXECUTE format('LOCK TABLE audit.%I IN SHARE MODE', month);
          -- Writes a PRUNE entry for each table.
          FOR pruned_table, entries IN EXECUTE format(
            'SELECT table_name, count(*) FROM audit.%I WHERE operation NOT IN (''PRUNE'', ''ERASE'') GROUP BY 1', month)
          LOOP
            PERFORM audit.add_entry('PRUNE', pruned_table, NULL, jsonb_build_object(
              'before', (to_date(right(month, 7), 'YYYY_MM') + interval '1 month')::timestamptz,
              'entries', entries, 'partition', month));
            RETURN NEXT;
          END LOOP;
          EXECUTE format(
            'SELECT array_agg(l::public.audit_logs) FROM audit.%I l WHERE operation IN (''PRUNE'', ''ERASE'')', month)
            INTO kept;
          -- From here on, readers and writers of the trail have to wait, also for this function when it waits for an
          -- open transaction. So it gives up soon, and the caller tries again later.
          PERFORM set_config('lock_timeout', '80ms', true);
          LOCK TABLE ONLY public.audit_logs IN ACCESS EXCLUSIVE MODE;
          EXECUTE format('ALTER TABLE public.audit_logs DETACH PARTITION audit.%I', month);
          INSERT INTO public.audit_logs OVERRIDING SYSTEM VALUE SELECT * FROM unnest(kept);
          EXECUTE format('DROP TABLE audit.%I', month);
          PERFORM set_config('lock_timeout', lock_timeout, true);
        END IF;
        PERFORM set_config('audit.maintenance', '', true);
      END;
      $function$
;
REVOKE EXECUTE ON FUNCTION audit.drop_month(month text) FROM PUBLIC;

---- function audit.entries_sql(audited regclass, redacted text[], event text, each_row boolean, before text, after text, changed text, attribution text[])
CREATE OR REPLACE FUNCTION audit.entries_sql(audited regclass, redacted text[], event text, each_row boolean, before text, after text, changed text, attribution text[])
 RETURNS text
 LANGUAGE plpgsql
 STABLE
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
      DECLARE
        recorded text := audit.recorded_name(audited);
        entry text := 'INSERT INTO public.audit_logs (audit_logs_id, table_name, record_id, operation, '
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
      $function$
;
REVOKE EXECUTE ON FUNCTION audit.entries_sql(audited regclass, redacted text[], event text, each_row boolean, before text, after text, changed text, attribution text[]) FROM PUBLIC;

---- function audit.entry_sql(recorded text, record_id text, operation text, old_data text, new_data text, changed text, tenant text, former_tenant text, attribution text[])
CREATE OR REPLACE FUNCTION audit.entry_sql(recorded text, record_id text, operation text, old_data text, new_data text, changed text, tenant text, former_tenant text, attribution text[])
 RETURNS text
 LANGUAGE sql
 IMMUTABLE
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
        SELECT format(
          $sql$(%s || lpad(to_hex(nextval('audit.entry_numbers')), 15, '0'))::uuid, %L, %s, %L, %s, %s, %s, %s, %s, %s$sql$,
          attribution[1], recorded, record_id, operation, old_data, new_data, changed, tenant, former_tenant,
          array_to_string(attribution[2:], ', '))
      $function$
;
REVOKE EXECUTE ON FUNCTION audit.entry_sql(recorded text, record_id text, operation text, old_data text, new_data text, changed text, tenant text, former_tenant text, attribution text[]) FROM PUBLIC;

---- function audit.erase(erased_table text, record_ids text[], columns text[])
CREATE OR REPLACE FUNCTION audit.erase(erased_table text, record_ids text[], columns text[])
 RETURNS integer
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
      DECLARE
        changed integer;
        keys text[] := audit.key_columns(audit.relation(erased_table));
      BEGIN
        PERFORM audit.begin_maintenance();
        WITH erased AS (
          SELECT l.audit_logs_id, l.created_at,
                 CASE WHEN cardinality(keys) > 1 AND keys && columns
                      THEN (l.record_id::jsonb || (SELECT jsonb_object_agg(key, '[erased]')
                              FROM unnest(keys) AS key WHERE key = ANY (columns)))::text
                      ELSE l.record_id END AS record_id,
                 CASE WHEN l.reason IS NOT NULL THEN '[erased]' END AS reason,
                 audit.erased_context(l.context, NULL) AS context,
                 image.before || coalesce((SELECT jsonb_object_agg(key, '[erased]') FROM jsonb_each(image.before)
                   WHERE key = ANY (columns) AND value <> 'null'), '{}') AS before,
                 image.after || coalesce((SELECT jsonb_object_agg(key, '[erased]') FROM jsonb_each(image.after)
                   WHERE key = ANY (columns) AND value <> 'null'), '{}') AS after
          FROM public.audit_logs l
          CROSS JOIN LATERAL (SELECT l.old_data AS before, l.new_data AS after) AS image
          WHERE l.table_name = erased_table AND l.record_id = ANY (record_ids)
            AND l.operation NOT IN ('TRUNCATE', 'PRUNE', 'ERASE')
        )
        UPDATE public.audit_logs l
        SET record_id = e.record_id, old_data = e.before, new_data = e.after, reason = e.reason, context = e.context
        FROM erased e
        WHERE l.audit_logs_id = e.audit_logs_id AND l.created_at = e.created_at
          AND (l.record_id, l.old_data, l.new_data, l.reason, l.context)
            IS DISTINCT FROM (e.record_id, e.before, e.after, e.reason, e.context);
        GET DIAGNOSTICS changed = ROW_COUNT;
        IF changed > 0 THEN
          PERFORM audit.add_entry('ERASE', erased_table, NULL,
            jsonb_build_object('columns', columns, 'entries', changed));
        END IF;
        PERFORM set_config('audit.maintenance', '', true);
        RETURN changed;
      END;
      $function$
;
REVOKE EXECUTE ON FUNCTION audit.erase(erased_table text, record_ids text[], columns text[]) FROM PUBLIC;

---- function audit.erase_context(person text)
CREATE OR REPLACE FUNCTION audit.erase_context(person text)
 RETURNS TABLE(erased_table text, entries bigint)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
      DECLARE
        person_id uuid := CASE WHEN person LIKE '________-____-____-____-____________' THEN person::uuid END;
      BEGIN
        PERFORM audit.begin_maintenance();
        FOR erased_table, entries IN
          WITH erased AS (
            SELECT l.audit_logs_id, l.created_at,
              CASE WHEN l.on_behalf_of = person AND l.reason IS NOT NULL THEN '[erased]' ELSE l.reason END AS reason,
              audit.erased_context(l.context,
                CASE WHEN l.on_behalf_of IS DISTINCT FROM person THEN '{ip,userAgent}'::text[] END) AS context
            FROM public.audit_logs l
            WHERE l.user_id = person_id OR l.user_key = person OR l.on_behalf_of = person
          ), changed AS (
            UPDATE public.audit_logs l SET reason = e.reason, context = e.context
            FROM erased e
            WHERE l.audit_logs_id = e.audit_logs_id AND l.created_at = e.created_at
              AND (l.reason, l.context) IS DISTINCT FROM (e.reason, e.context)
            RETURNING l.table_name
          )
          SELECT c.table_name, count(*) FROM changed c GROUP BY 1 ORDER BY 1
        LOOP
          PERFORM audit.add_entry('ERASE', erased_table, NULL, jsonb_build_object('columns', '[]'::jsonb, 'entries', entries));
          RETURN NEXT;
        END LOOP;
        PERFORM set_config('audit.maintenance', '', true);
      END;
      $function$
;
REVOKE EXECUTE ON FUNCTION audit.erase_context(person text) FROM PUBLIC;

---- function audit.erased_context(context jsonb, keys text[])
CREATE OR REPLACE FUNCTION audit.erased_context(context jsonb, keys text[])
 RETURNS jsonb
 LANGUAGE sql
 IMMUTABLE
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
        SELECT jsonb_object_agg(key, CASE WHEN keys IS NULL OR key = ANY (keys) THEN '"[erased]"' ELSE value END)
        FROM jsonb_each(context)
      $function$
;
REVOKE EXECUTE ON FUNCTION audit.erased_context(context jsonb, keys text[]) FROM PUBLIC;

---- function audit.every_value_sql(column_name text, type text, settings text)
CREATE OR REPLACE FUNCTION audit.every_value_sql(column_name text, type text, settings text)
 RETURNS text
 LANGUAGE plpgsql
 IMMUTABLE
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
      DECLARE
        lowest text := CASE type WHEN 'uuid' THEN '00000000-0000-0000-0000-000000000000'
          WHEN 'integer' THEN '-2147483648' WHEN 'bigint' THEN '-9223372036854775808' END;
        highest text := CASE type WHEN 'uuid' THEN 'ffffffff-ffff-ffff-ffff-ffffffffffff'
          WHEN 'integer' THEN '2147483647' WHEN 'bigint' THEN '9223372036854775807' END;
        is_set text := format('current_setting(''app.tenants'', true) IN (%s)', settings);
      BEGIN
        IF lowest IS NULL THEN
          RETURN is_set;
        END IF;
        RETURN format('%1$I BETWEEN CASE WHEN %2$s THEN %3$L::%5$s END AND CASE WHEN %2$s THEN %4$L::%5$s END',
          column_name, is_set, lowest, highest, type);
      END;
      $function$
;
REVOKE EXECUTE ON FUNCTION audit.every_value_sql(column_name text, type text, settings text) FROM PUBLIC;

---- function audit.finish_moving()
CREATE OR REPLACE FUNCTION audit.finish_moving()
 RETURNS SETOF text
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET "TimeZone" TO 'UTC'
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
      LOCK TABLE ONLY public.audit_logs IN ACCESS EXCLUSIVE MODE;
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
        PERFORM audit.attach_month('public.audit_logs', first_day);
        EXECUTE format('ALTER TABLE audit.%I DROP CONSTRAINT of_month', name);
        RETURN NEXT name;
      END LOOP;
      INSERT INTO public.audit_logs OVERRIDING SYSTEM VALUE SELECT * FROM audit.audit_logs_rest;
      DROP TABLE audit.audit_logs_moving;
    END;
    $function$
;
REVOKE EXECUTE ON FUNCTION audit.finish_moving() FROM PUBLIC;

---- function audit.former_tenant_sql(audited regclass, before text, after text)
CREATE OR REPLACE FUNCTION audit.former_tenant_sql(audited regclass, before text, after text)
 RETURNS text
 LANGUAGE plpgsql
 STABLE
 SET search_path TO 'pg_catalog', 'pg_temp'
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
      $function$
;
REVOKE EXECUTE ON FUNCTION audit.former_tenant_sql(audited regclass, before text, after text) FROM PUBLIC;

---- function audit.grant_application(application regrole)
CREATE OR REPLACE FUNCTION audit.grant_application(application regrole)
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
      DECLARE
        written text;
        sequence_name text;
      BEGIN
        INSERT INTO audit.application_roles (role_name)
        SELECT rolname FROM pg_roles WHERE oid = application ON CONFLICT DO NOTHING;
        EXECUTE format('GRANT USAGE ON SCHEMA public, audit TO %s', application);
        EXECUTE format('GRANT EXECUTE ON FUNCTION audit.record(text, text, text, jsonb), audit.wrote_for_others(bigint[], timestamptz, text[]) TO %s', application);
        -- For readers of the trail, to compute the image and the key of a row.
        EXECUTE format('GRANT EXECUTE ON FUNCTION audit.home(), audit.partition_status(), audit.reading_sql(regclass, text[]), audit.write_image(text, anyelement), audit.same_row(record), audit.pinned_json(anyelement), audit.pinned_text(anyelement) TO %s', application);
        EXECUTE format('GRANT SELECT ON public.audit_logs, audit.audited_tables, audit.renames TO %s', application);
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
        IF to_regclass('public.migrations') IS NOT NULL THEN
          EXECUTE format('GRANT SELECT ON public.migrations TO %s', application);
        END IF;
      END;
      $function$
;
REVOKE EXECUTE ON FUNCTION audit.grant_application(application regrole) FROM PUBLIC;

---- function audit.grant_isolation(application regrole)
CREATE OR REPLACE FUNCTION audit.grant_isolation(application regrole)
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
      DECLARE
        needed text;
      BEGIN
        FOR needed IN
          SELECT p.oid::regprocedure::text FROM pg_proc p
          WHERE p.pronamespace = 'audit'::regnamespace AND p.proname ~ '^(keys|has|own)_'
            AND EXISTS (SELECT FROM audit.isolated_tables)
        LOOP
          EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO %s', needed, application);
        END LOOP;
        FOR needed IN SELECT format('audit.%I', 'visible_' || table_name) FROM audit.isolated_tables WHERE is_searchable LOOP
          EXECUTE format('GRANT SELECT ON %s TO %s', needed, application);
        END LOOP;
      END;
      $function$
;
REVOKE EXECUTE ON FUNCTION audit.grant_isolation(application regrole) FROM PUBLIC;

---- function audit.grant_maintenance(application regrole, retention boolean)
CREATE OR REPLACE FUNCTION audit.grant_maintenance(application regrole, retention boolean DEFAULT false)
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
      BEGIN
        PERFORM audit.grant_application(application);
        UPDATE audit.application_roles SET maintains = true, retires = retention
        WHERE role_name = (SELECT rolname FROM pg_roles WHERE oid = application);
        EXECUTE format('GRANT EXECUTE ON FUNCTION audit.create_partitions(integer) TO %s', application);
        EXECUTE format('%s EXECUTE ON FUNCTION audit.months_before(timestamptz), audit.drop_month(text) %s %s',
          CASE WHEN retention THEN 'GRANT' ELSE 'REVOKE' END, CASE WHEN retention THEN 'TO' ELSE 'FROM' END, application);
      END;
      $function$
;
REVOKE EXECUTE ON FUNCTION audit.grant_maintenance(application regrole, retention boolean) FROM PUBLIC;

---- function audit.home()
CREATE OR REPLACE FUNCTION audit.home()
 RETURNS regnamespace
 LANGUAGE sql
 STABLE
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
        SELECT c.relnamespace::regnamespace
        FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhparent
        WHERE i.inhrelid = 'audit.audit_logs_default'::regclass
      $function$
;
REVOKE EXECUTE ON FUNCTION audit.home() FROM PUBLIC;

---- function audit.image_sql(audited regclass, redacted text[], alias text, pinned boolean)
CREATE OR REPLACE FUNCTION audit.image_sql(audited regclass, redacted text[], alias text, pinned boolean)
 RETURNS text
 LANGUAGE plpgsql
 STABLE STRICT
 SET search_path TO 'pg_catalog', 'pg_temp'
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
      $function$
;
REVOKE EXECUTE ON FUNCTION audit.image_sql(audited regclass, redacted text[], alias text, pinned boolean) FROM PUBLIC;

---- function audit.is_current(audited regclass, redacted text[], incidental text[])
CREATE OR REPLACE FUNCTION audit.is_current(audited regclass, redacted text[], incidental text[] DEFAULT '{}'::text[])
 RETURNS boolean
 LANGUAGE plpgsql
 STABLE
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET plan_cache_mode TO 'force_generic_plan'
 SET quote_all_identifiers TO 'off'
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
      $function$
;
REVOKE EXECUTE ON FUNCTION audit.is_current(audited regclass, redacted text[], incidental text[]) FROM PUBLIC;

---- function audit.isolate(isolated regclass, is_public boolean, owners jsonb, is_searchable boolean)
CREATE OR REPLACE FUNCTION audit.isolate(isolated regclass, is_public boolean DEFAULT false, owners jsonb DEFAULT '[]'::jsonb, is_searchable boolean DEFAULT false)
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
      #variable_conflict use_variable
      DECLARE
        recorded text := audit.recorded_name(isolated);
        declared audit.tenant_tables;
        owner jsonb;
        owner_table regclass;
        application text;
      BEGIN
        SELECT t.* INTO declared FROM audit.tenant_tables t WHERE t.table_name = recorded;
        IF NOT FOUND THEN
          RAISE EXCEPTION '% has no tenant to isolate. Call audit.set_tenant(%, …) first', isolated, quote_literal(isolated)
            USING ERRCODE = 'object_not_in_prerequisite_state';
        END IF;
        PERFORM audit.drop_isolation(isolated);
        IF declared.parent_table IS NOT NULL THEN
          PERFORM audit.create_key_functions(audit.relation(declared.parent_table));
        END IF;
        FOR owner IN SELECT value FROM jsonb_array_elements(owners) WHERE value ? 'table' LOOP
          owner_table := audit.relation(owner->>'table');
          EXECUTE (SELECT format('CREATE OR REPLACE FUNCTION audit.%I() RETURNS %s[] LANGUAGE plpgsql STABLE SECURITY DEFINER
              SET search_path = pg_catalog, pg_temp AS %L', 'own_' || (owner->>'table'), format_type(k.atttypid, NULL),
            format('BEGIN RETURN ARRAY(SELECT p.%I FROM %s AS p WHERE p.%I = %s); END', k.attname, owner_table, u.attname,
              audit.user_sql(format_type(u.atttypid, NULL))))
            FROM pg_attribute k, pg_attribute u
            WHERE k.attrelid = owner_table AND k.attname = (audit.key_columns(owner_table))[1]
              AND u.attrelid = owner_table AND u.attname = owner->>'user_column');
          EXECUTE format('REVOKE ALL ON FUNCTION audit.%I() FROM PUBLIC', 'own_' || (owner->>'table'));
        END LOOP;
        EXECUTE format('CREATE POLICY tenant_read ON %s FOR SELECT USING (%s)', isolated,
          audit.readable_sql(isolated, is_public, owners));
        EXECUTE format('CREATE POLICY tenant_insert ON %s FOR INSERT WITH CHECK (%s)', isolated, audit.writable_sql(isolated, true));
        EXECUTE format('CREATE POLICY tenant_update ON %s FOR UPDATE USING (%s) WITH CHECK (%s)', isolated,
          audit.writable_sql(isolated, false), audit.writable_sql(isolated, true));
        EXECUTE format('CREATE POLICY tenant_delete ON %s FOR DELETE USING (%s)', isolated, audit.writable_sql(isolated, false));
        EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', isolated);
        IF is_searchable THEN
          -- IS TRUE keeps the planner from reading an index for this condition: a search has its own.
          EXECUTE format('CREATE VIEW audit.%I AS SELECT * FROM %s WHERE (%s) IS TRUE', 'visible_' || recorded, isolated,
            audit.readable_sql(isolated, is_public, '[]'));
        END IF;
        INSERT INTO audit.isolated_tables VALUES (recorded, is_public, owners, is_searchable, audit.policies_of(isolated))
        ON CONFLICT ON CONSTRAINT isolated_tables_pkey DO UPDATE SET is_public = excluded.is_public, owners = excluded.owners,
          is_searchable = excluded.is_searchable, policies = excluded.policies;
        PERFORM audit.isolate_trail();
        FOR application IN SELECT r.role_name FROM audit.application_roles r JOIN pg_roles ON rolname = r.role_name LOOP
          PERFORM audit.grant_isolation(quote_ident(application)::regrole);
        END LOOP;
      END;
      $function$
;
REVOKE EXECUTE ON FUNCTION audit.isolate(isolated regclass, is_public boolean, owners jsonb, is_searchable boolean) FROM PUBLIC;

---- function audit.isolate_again(recorded_name text)
CREATE OR REPLACE FUNCTION audit.isolate_again(recorded_name text)
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
      BEGIN
        PERFORM audit.isolate(audit.relation(i.table_name), i.is_public, i.owners, i.is_searchable)
        FROM audit.isolated_tables i
        WHERE i.table_name IN (SELECT audit.tenant_heirs(recorded_name))
           OR EXISTS (SELECT FROM jsonb_array_elements(i.owners) AS owner WHERE owner->>'table' = recorded_name);
      END;
      $function$
;
REVOKE EXECUTE ON FUNCTION audit.isolate_again(recorded_name text) FROM PUBLIC;

---- function audit.isolate_trail()
CREATE OR REPLACE FUNCTION audit.isolate_trail()
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
      DECLARE
        tenants text := audit.tenants_sql('text');
      BEGIN
        DROP POLICY IF EXISTS tenant_read ON public.audit_logs;
        IF NOT EXISTS (SELECT FROM audit.isolated_tables) THEN
          ALTER TABLE public.audit_logs DISABLE ROW LEVEL SECURITY;
          RETURN;
        END IF;
        -- Entries about a table as a whole have no values of rows. Reading the past needs them.
        EXECUTE format($sql$CREATE POLICY tenant_read ON public.audit_logs FOR SELECT USING (
          tenant_id = ANY ((SELECT %1$s)::text[]) OR former_tenant_id = ANY ((SELECT %1$s)::text[])
          OR current_setting('app.tenants', true) = '*'
          OR current_setting('app.tenants', true) <> '' AND record_id IS NULL AND operation IN ('TRUNCATE', 'PRUNE', 'ERASE'))$sql$, tenants);
        ALTER TABLE public.audit_logs ENABLE ROW LEVEL SECURITY;
      END;
      $function$
;
REVOKE EXECUTE ON FUNCTION audit.isolate_trail() FROM PUBLIC;

---- function audit.key_columns(audited regclass)
CREATE OR REPLACE FUNCTION audit.key_columns(audited regclass)
 RETURNS text[]
 LANGUAGE plpgsql
 STABLE
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
      BEGIN
        RETURN (
        SELECT array_agg(a.attname::text ORDER BY k.place)
        FROM pg_index i
        CROSS JOIN LATERAL unnest(i.indkey) WITH ORDINALITY AS k(attnum, place)
        JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
        WHERE i.indrelid = audited AND i.indisprimary);
      END;
      $function$
;
REVOKE EXECUTE ON FUNCTION audit.key_columns(audited regclass) FROM PUBLIC;

---- function audit.key_sql(audited regclass, redacted text[], alias text, pinned boolean)
CREATE OR REPLACE FUNCTION audit.key_sql(audited regclass, redacted text[], alias text, pinned boolean)
 RETURNS text
 LANGUAGE plpgsql
 STABLE STRICT
 SET search_path TO 'pg_catalog', 'pg_temp'
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
      $function$
;
REVOKE EXECUTE ON FUNCTION audit.key_sql(audited regclass, redacted text[], alias text, pinned boolean) FROM PUBLIC;

---- function audit.leaf_partitions(audited regclass)
CREATE OR REPLACE FUNCTION audit.leaf_partitions(audited regclass)
 RETURNS SETOF regclass
 LANGUAGE plpgsql
 STABLE ROWS 4
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
      #variable_conflict use_column
      BEGIN
        RETURN QUERY
        SELECT p.relid FROM pg_partition_tree(audited) p
        WHERE p.isleaf AND p.relid <> audited;
      END;
      $function$
;
REVOKE EXECUTE ON FUNCTION audit.leaf_partitions(audited regclass) FROM PUBLIC;

---- function audit.missing_months(months integer, also date[])
CREATE OR REPLACE FUNCTION audit.missing_months(months integer, also date[])
 RETURNS date[]
 LANGUAGE sql
 STABLE
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET "TimeZone" TO 'UTC'
AS $function$
      SELECT coalesce(array_agg(first_day ORDER BY first_day), '{}')
      FROM (
        SELECT (date_trunc('month', now()) + make_interval(months => i))::date AS first_day
        FROM generate_series(0, months) AS i
        UNION
        SELECT unnest(also)
      ) AS wanted
      WHERE to_regclass(format('audit.%I', audit.month_name(first_day))) IS NULL
    $function$
;
REVOKE EXECUTE ON FUNCTION audit.missing_months(months integer, also date[]) FROM PUBLIC;

---- function audit.month_name(first_day date)
CREATE OR REPLACE FUNCTION audit.month_name(first_day date)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
      SELECT 'audit_logs_' || to_char(first_day, 'YYYY_MM')
    $function$
;
REVOKE EXECUTE ON FUNCTION audit.month_name(first_day date) FROM PUBLIC;

---- function audit.months_before(before timestamp with time zone)
CREATE OR REPLACE FUNCTION audit.months_before(before timestamp with time zone)
 RETURNS SETOF text
 LANGUAGE sql
 STABLE
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET "TimeZone" TO 'UTC'
AS $function$
        SELECT c.relname::text
        FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = 'public.audit_logs'::regclass AND c.relname ~ '^audit_logs_\d{4}_\d{2}$'
          AND to_date(right(c.relname, 7), 'YYYY_MM') + interval '1 month' <= least(before, now())
        ORDER BY c.relname
      $function$
;
REVOKE EXECUTE ON FUNCTION audit.months_before(before timestamp with time zone) FROM PUBLIC;

---- function audit.moving_position()
CREATE OR REPLACE FUNCTION audit.moving_position()
 RETURNS bigint
 LANGUAGE plpgsql
 STABLE
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
    BEGIN
      RETURN coalesce((SELECT sequence FROM audit.audit_logs_moving ORDER BY sequence DESC LIMIT 1),
        -9223372036854775808);
    END;
    $function$
;
REVOKE EXECUTE ON FUNCTION audit.moving_position() FROM PUBLIC;

---- function audit.partition_status(OUT months_ahead integer, OUT default_has_entries boolean, OUT default_entries integer)
CREATE OR REPLACE FUNCTION audit.partition_status(OUT months_ahead integer, OUT default_has_entries boolean, OUT default_entries integer)
 RETURNS record
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET "TimeZone" TO 'UTC'
AS $function$
      SELECT (
        SELECT greatest(min(i) - 1, 0)::integer FROM generate_series(0, 200) AS i
        WHERE NOT EXISTS (
          SELECT FROM pg_inherits h JOIN pg_class c ON c.oid = h.inhrelid
          WHERE h.inhparent = 'public.audit_logs'::regclass
            AND c.relname = audit.month_name((date_trunc('month', now()) + make_interval(months => i))::date))
      ), count(*) > 0, count(*)::integer
      FROM (SELECT FROM audit.audit_logs_default WHERE operation NOT IN ('PRUNE', 'ERASE') LIMIT 10000) AS entry
    $function$
;
REVOKE EXECUTE ON FUNCTION audit.partition_status(OUT months_ahead integer, OUT default_has_entries boolean, OUT default_entries integer) FROM PUBLIC;

---- function audit.parts_of_type(whole oid)
CREATE OR REPLACE FUNCTION audit.parts_of_type(whole oid)
 RETURNS SETOF oid
 LANGUAGE plpgsql
 STABLE
 SET search_path TO 'pg_catalog', 'pg_temp'
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
      $function$
;
REVOKE EXECUTE ON FUNCTION audit.parts_of_type(whole oid) FROM PUBLIC;

---- function audit.pinned_json(value anyelement)
CREATE OR REPLACE FUNCTION audit.pinned_json(value anyelement)
 RETURNS jsonb
 LANGUAGE plpgsql
 STABLE
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET "TimeZone" TO 'UTC'
 SET "DateStyle" TO 'ISO, MDY'
 SET "IntervalStyle" TO 'iso_8601'
 SET bytea_output TO 'hex'
 SET extra_float_digits TO '1'
 SET quote_all_identifiers TO 'off'
AS $function$
      BEGIN
        RETURN to_jsonb(value);
      END;
      $function$
;
REVOKE EXECUTE ON FUNCTION audit.pinned_json(value anyelement) FROM PUBLIC;

---- function audit.pinned_text(value anyelement)
CREATE OR REPLACE FUNCTION audit.pinned_text(value anyelement)
 RETURNS text
 LANGUAGE plpgsql
 STABLE
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET "TimeZone" TO 'UTC'
 SET "DateStyle" TO 'ISO, MDY'
 SET "IntervalStyle" TO 'iso_8601'
 SET bytea_output TO 'hex'
 SET extra_float_digits TO '1'
 SET quote_all_identifiers TO 'off'
AS $function$
      BEGIN
        RETURN value::text;
      END;
      $function$
;
REVOKE EXECUTE ON FUNCTION audit.pinned_text(value anyelement) FROM PUBLIC;

---- function audit.policies_of(isolated regclass)
CREATE OR REPLACE FUNCTION audit.policies_of(isolated regclass)
 RETURNS text
 LANGUAGE sql
 STABLE
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
        SELECT concat_ws(E'\n', CASE WHEN c.relrowsecurity THEN 'enabled' ELSE 'disabled' END,
          (SELECT string_agg(concat_ws(' ', p.polname, p.polcmd, p.polpermissive, p.polroles::text,
                    pg_get_expr(p.polqual, p.polrelid), 'check', pg_get_expr(p.polwithcheck, p.polrelid)), E'\n' ORDER BY p.polname)
           FROM pg_policy p WHERE p.polrelid = c.oid AND p.polname LIKE 'tenant\_%'))
        FROM pg_class c WHERE c.oid = isolated
      $function$
;
REVOKE EXECUTE ON FUNCTION audit.policies_of(isolated regclass) FROM PUBLIC;

---- function audit.prune(pruned_table text, before timestamp with time zone, batch integer)
CREATE OR REPLACE FUNCTION audit.prune(pruned_table text, before timestamp with time zone, batch integer)
 RETURNS integer
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
      DECLARE
        horizon timestamptz := least(before, now());
        deleted integer;
      BEGIN
        PERFORM audit.begin_maintenance();
        DELETE FROM public.audit_logs
        WHERE (audit_logs_id, created_at) IN (
          SELECT l.audit_logs_id, l.created_at FROM public.audit_logs l
          WHERE l.table_name = pruned_table AND l.created_at < horizon
            AND l.operation NOT IN ('PRUNE', 'ERASE')
          ORDER BY l.sequence
          LIMIT batch);
        GET DIAGNOSTICS deleted = ROW_COUNT;
        IF deleted > 0 THEN
          PERFORM audit.add_entry('PRUNE', pruned_table, NULL,
            jsonb_build_object('before', horizon, 'entries', deleted));
        END IF;
        PERFORM set_config('audit.maintenance', '', true);
        RETURN deleted;
      END;
      $function$
;
REVOKE EXECUTE ON FUNCTION audit.prune(pruned_table text, before timestamp with time zone, batch integer) FROM PUBLIC;

---- function audit.reachable_sql(isolated regclass, settings text, global_settings text)
CREATE OR REPLACE FUNCTION audit.reachable_sql(isolated regclass, settings text, global_settings text)
 RETURNS text
 LANGUAGE plpgsql
 STABLE
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
      DECLARE
        declared audit.tenant_tables;
        type text;
        is_nullable boolean;
      BEGIN
        SELECT t.* INTO STRICT declared FROM audit.tenant_tables t WHERE t.table_name = audit.recorded_name(isolated);
        SELECT format_type(a.atttypid, NULL), NOT a.attnotnull INTO STRICT type, is_nullable FROM pg_attribute a
        WHERE a.attrelid = isolated AND a.attname = declared.tenant_column AND NOT a.attisdropped;
        RETURN concat(
          format('%I = ANY ((SELECT %s)::%s[])', declared.tenant_column,
            CASE WHEN declared.parent_table IS NULL THEN audit.tenants_sql(type)
                 ELSE format('audit.%I()', 'keys_' || declared.parent_table) END, type),
          ' OR ', audit.every_value_sql(declared.tenant_column, type, settings),
          CASE WHEN is_nullable THEN format(' OR %I IS NULL AND current_setting(''app.tenants'', true) %s',
            declared.tenant_column, global_settings) END);
      END;
      $function$
;
REVOKE EXECUTE ON FUNCTION audit.reachable_sql(isolated regclass, settings text, global_settings text) FROM PUBLIC;

---- function audit.readable_sql(isolated regclass, is_public boolean, owners jsonb)
CREATE OR REPLACE FUNCTION audit.readable_sql(isolated regclass, is_public boolean, owners jsonb)
 RETURNS text
 LANGUAGE plpgsql
 STABLE
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
      BEGIN
        RETURN audit.reachable_sql(isolated, CASE WHEN is_public THEN '''*'', ''{}''' ELSE '''*''' END, '<> ''''')
          || audit.rows_of_user_sql(isolated, owners);
      END;
      $function$
;
REVOKE EXECUTE ON FUNCTION audit.readable_sql(isolated regclass, is_public boolean, owners jsonb) FROM PUBLIC;

---- function audit.reading_sql(audited regclass, redacted text[])
CREATE OR REPLACE FUNCTION audit.reading_sql(audited regclass, redacted text[])
 RETURNS TABLE(image text, record_id text, row_of_image text)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET plan_cache_mode TO 'force_generic_plan'
 SET quote_all_identifiers TO 'off'
AS $function$
        SELECT audit.image_sql(audited, redacted, 't', true), audit.key_sql(audited, redacted, 't', true), audit.row_sql(audited)
      $function$
;
REVOKE EXECUTE ON FUNCTION audit.reading_sql(audited regclass, redacted text[]) FROM PUBLIC;

---- function audit.record(action text, subject text, subject_id text, details jsonb)
CREATE OR REPLACE FUNCTION audit.record(action text, subject text, subject_id text, details jsonb)
 RETURNS bigint
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
      BEGIN
        IF action !~ '^[a-z][a-z0-9_]*([.][a-z0-9_]+)+$' THEN
          RAISE EXCEPTION 'the name of an action has the form "stripe.refund_created", not "%"', action
            USING ERRCODE = 'invalid_parameter_value';
        END IF;
        IF current_setting('app.unattributed_writes', true) = 'reject'
           AND coalesce(NULLIF(current_setting('app.current_user_id', true), ''),
                        NULLIF(current_setting('app.actor_name', true), '')) IS NULL THEN
          PERFORM audit.refuse_unattributed(subject);
        END IF;
        RETURN audit.add_entry(action, subject, subject_id, details, audit.tenant_of_subject(subject, subject_id));
      END;
      $function$
;
REVOKE EXECUTE ON FUNCTION audit.record(action text, subject text, subject_id text, details jsonb) FROM PUBLIC;

---- function audit.record_accounts()
-- generated by audit.attach(): audit.record_accounts()
REVOKE EXECUTE ON FUNCTION audit.record_accounts() FROM PUBLIC;

---- function audit.record_api_keys()
-- generated by audit.attach(): audit.record_api_keys()
REVOKE EXECUTE ON FUNCTION audit.record_api_keys() FROM PUBLIC;

---- function audit.record_branded_app_api_keys()
-- generated by audit.attach(): audit.record_branded_app_api_keys()
REVOKE EXECUTE ON FUNCTION audit.record_branded_app_api_keys() FROM PUBLIC;

---- function audit.record_branded_apps()
-- generated by audit.attach(): audit.record_branded_apps()
REVOKE EXECUTE ON FUNCTION audit.record_branded_apps() FROM PUBLIC;

---- function audit.record_branding_profiles()
-- generated by audit.attach(): audit.record_branding_profiles()
REVOKE EXECUTE ON FUNCTION audit.record_branding_profiles() FROM PUBLIC;

---- function audit.record_customer_profiles()
-- generated by audit.attach(): audit.record_customer_profiles()
REVOKE EXECUTE ON FUNCTION audit.record_customer_profiles() FROM PUBLIC;

---- function audit.record_customers()
-- generated by audit.attach(): audit.record_customers()
REVOKE EXECUTE ON FUNCTION audit.record_customers() FROM PUBLIC;

---- function audit.record_organization_user_permissions()
-- generated by audit.attach(): audit.record_organization_user_permissions()
REVOKE EXECUTE ON FUNCTION audit.record_organization_user_permissions() FROM PUBLIC;

---- function audit.record_organization_users()
-- generated by audit.attach(): audit.record_organization_users()
REVOKE EXECUTE ON FUNCTION audit.record_organization_users() FROM PUBLIC;

---- function audit.record_permissions()
-- generated by audit.attach(): audit.record_permissions()
REVOKE EXECUTE ON FUNCTION audit.record_permissions() FROM PUBLIC;

---- function audit.record_prices()
-- generated by audit.attach(): audit.record_prices()
REVOKE EXECUTE ON FUNCTION audit.record_prices() FROM PUBLIC;

---- function audit.record_products()
-- generated by audit.attach(): audit.record_products()
REVOKE EXECUTE ON FUNCTION audit.record_products() FROM PUBLIC;

---- function audit.record_requests()
-- generated by audit.attach(): audit.record_requests()
REVOKE EXECUTE ON FUNCTION audit.record_requests() FROM PUBLIC;

---- function audit.record_role_permissions()
-- generated by audit.attach(): audit.record_role_permissions()
REVOKE EXECUTE ON FUNCTION audit.record_role_permissions() FROM PUBLIC;

---- function audit.record_roles()
-- generated by audit.attach(): audit.record_roles()
REVOKE EXECUTE ON FUNCTION audit.record_roles() FROM PUBLIC;

---- function audit.record_sessions()
-- generated by audit.attach(): audit.record_sessions()
REVOKE EXECUTE ON FUNCTION audit.record_sessions() FROM PUBLIC;

---- function audit.record_singer_favorite_songs()
-- generated by audit.attach(): audit.record_singer_favorite_songs()
REVOKE EXECUTE ON FUNCTION audit.record_singer_favorite_songs() FROM PUBLIC;

---- function audit.record_singer_favorite_venues()
-- generated by audit.attach(): audit.record_singer_favorite_venues()
REVOKE EXECUTE ON FUNCTION audit.record_singer_favorite_venues() FROM PUBLIC;

---- function audit.record_singer_profiles()
-- generated by audit.attach(): audit.record_singer_profiles()
REVOKE EXECUTE ON FUNCTION audit.record_singer_profiles() FROM PUBLIC;

---- function audit.record_singer_request_history()
-- generated by audit.attach(): audit.record_singer_request_history()
REVOKE EXECUTE ON FUNCTION audit.record_singer_request_history() FROM PUBLIC;

---- function audit.record_songdb()
-- generated by audit.attach(): audit.record_songdb()
REVOKE EXECUTE ON FUNCTION audit.record_songdb() FROM PUBLIC;

---- function audit.record_state()
-- generated by audit.attach(): audit.record_state()
REVOKE EXECUTE ON FUNCTION audit.record_state() FROM PUBLIC;

---- function audit.record_stripe_checkout_sessions()
-- generated by audit.attach(): audit.record_stripe_checkout_sessions()
REVOKE EXECUTE ON FUNCTION audit.record_stripe_checkout_sessions() FROM PUBLIC;

---- function audit.record_stripe_webhook_events()
-- generated by audit.attach(): audit.record_stripe_webhook_events()
REVOKE EXECUTE ON FUNCTION audit.record_stripe_webhook_events() FROM PUBLIC;

---- function audit.record_subscriptions()
-- generated by audit.attach(): audit.record_subscriptions()
REVOKE EXECUTE ON FUNCTION audit.record_subscriptions() FROM PUBLIC;

---- function audit.record_systems()
-- generated by audit.attach(): audit.record_systems()
REVOKE EXECUTE ON FUNCTION audit.record_systems() FROM PUBLIC;

---- function audit.record_user_roles()
-- generated by audit.attach(): audit.record_user_roles()
REVOKE EXECUTE ON FUNCTION audit.record_user_roles() FROM PUBLIC;

---- function audit.record_users()
-- generated by audit.attach(): audit.record_users()
REVOKE EXECUTE ON FUNCTION audit.record_users() FROM PUBLIC;

---- function audit.record_venues()
-- generated by audit.attach(): audit.record_venues()
REVOKE EXECUTE ON FUNCTION audit.record_venues() FROM PUBLIC;

---- function audit.record_verification_tokens()
-- generated by audit.attach(): audit.record_verification_tokens()
REVOKE EXECUTE ON FUNCTION audit.record_verification_tokens() FROM PUBLIC;

---- function audit.recorded_name(audited regclass)
CREATE OR REPLACE FUNCTION audit.recorded_name(audited regclass)
 RETURNS text
 LANGUAGE plpgsql
 STABLE
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
      BEGIN
        RETURN (
        SELECT CASE WHEN n.oid = audit.home() THEN c.relname::text
                    ELSE n.nspname || '.' || c.relname END
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.oid = audited);
      END;
      $function$
;
REVOKE EXECUTE ON FUNCTION audit.recorded_name(audited regclass) FROM PUBLIC;

---- function audit.recorder_name(audited regclass)
CREATE OR REPLACE FUNCTION audit.recorder_name(audited regclass)
 RETURNS text
 LANGUAGE plpgsql
 STABLE
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
      BEGIN
        RETURN (
        SELECT 'record_' || audit.recorded_name(audited));
      END;
      $function$
;
REVOKE EXECUTE ON FUNCTION audit.recorder_name(audited regclass) FROM PUBLIC;

---- function audit.recording_levels(audited regclass)
CREATE OR REPLACE FUNCTION audit.recording_levels(audited regclass)
 RETURNS TABLE(event text, level text)
 LANGUAGE plpgsql
 STABLE ROWS 3
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
      #variable_conflict use_column
      BEGIN
        RETURN QUERY
        WITH own AS (
          -- pg_trigger.tgtype: 1 for each row, 2 before, 4 insert, 8 delete, 16 update.
          SELECT bit_or(g.tgtype & 28) AS events FROM pg_trigger g
          WHERE g.tgrelid = audited AND NOT g.tgisinternal AND g.tgtype & 3 = 1 AND g.tgname NOT LIKE '!audit\_%'
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
      $function$
;
REVOKE EXECUTE ON FUNCTION audit.recording_levels(audited regclass) FROM PUBLIC;

---- function audit.recording_source(audited regclass, redacted text[], incidental text[])
CREATE OR REPLACE FUNCTION audit.recording_source(audited regclass, redacted text[], incidental text[])
 RETURNS text
 LANGUAGE plpgsql
 STABLE
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET plan_cache_mode TO 'force_generic_plan'
 SET quote_all_identifiers TO 'off'
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
        SELECT string_agg(name || ' ' || type || ';', E'\n        ' ORDER BY place),
          string_agg(name || ' := ' || expression || ';', E'\n            ' ORDER BY place),
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
              ELSE concat(assigned, E'\n            ', audit.entries_sql(audited, redacted, 'insert', false, NULL, 'n', NULL, variables)) END, $source$;
          END IF;
          GET DIAGNOSTICS written = ROW_COUNT;
        ELSIF TG_OP = 'UPDATE' THEN$source$, row_updated, $source$
        ELSIF TG_OP = 'DELETE' THEN
          IF $source$, outdated, $source$ THEN
            $source$, anew, CASE deletes WHEN 'row' THEN $source$'delete each') USING OLD, NEW;$source$ ELSE $source$'delete');$source$ END, $source$
          ELSE
            $source$, CASE deletes WHEN 'row'
              THEN audit.entries_sql(audited, redacted, 'delete', true, 'OLD', NULL, NULL, expressions)
              ELSE concat(assigned, E'\n            ', audit.entries_sql(audited, redacted, 'delete', false, 'o', NULL, NULL, variables)) END, $source$;
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
      $function$
;
REVOKE EXECUTE ON FUNCTION audit.recording_source(audited regclass, redacted text[], incidental text[]) FROM PUBLIC;

---- function audit.recording_statement(audited regclass, redacted smallint[], event text)
CREATE OR REPLACE FUNCTION audit.recording_statement(audited regclass, redacted smallint[], event text)
 RETURNS text
 LANGUAGE plpgsql
 STABLE
 SET search_path TO 'pg_catalog', 'pg_temp'
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
      $function$
;
REVOKE EXECUTE ON FUNCTION audit.recording_statement(audited regclass, redacted smallint[], event text) FROM PUBLIC;

---- function audit.refusals(audited regclass)
CREATE OR REPLACE FUNCTION audit.refusals(audited regclass)
 RETURNS TABLE(problem text, remedy text, code text)
 LANGUAGE plpgsql
 STABLE
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET plan_cache_mode TO 'force_generic_plan'
 SET quote_all_identifiers TO 'off'
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
      $function$
;
REVOKE EXECUTE ON FUNCTION audit.refusals(audited regclass) FROM PUBLIC;

---- function audit.refuse_change()
CREATE OR REPLACE FUNCTION audit.refuse_change()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
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
;
REVOKE EXECUTE ON FUNCTION audit.refuse_change() FROM PUBLIC;

---- function audit.refuse_unattributed(table_name text)
CREATE OR REPLACE FUNCTION audit.refuse_unattributed(table_name text)
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
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
;
REVOKE EXECUTE ON FUNCTION audit.refuse_unattributed(table_name text) FROM PUBLIC;

---- function audit.relation(recorded_name text)
CREATE OR REPLACE FUNCTION audit.relation(recorded_name text)
 RETURNS regclass
 LANGUAGE sql
 STABLE
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
        SELECT c.oid::regclass
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'p')
          AND CASE WHEN n.oid = audit.home() THEN c.relname = recorded_name
                   ELSE n.nspname || '.' || c.relname = recorded_name END
      $function$
;
REVOKE EXECUTE ON FUNCTION audit.relation(recorded_name text) FROM PUBLIC;

---- function audit.rename_column(audited regclass, old_name text, new_name text)
CREATE OR REPLACE FUNCTION audit.rename_column(audited regclass, old_name text, new_name text)
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
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
      $function$
;
REVOKE EXECUTE ON FUNCTION audit.rename_column(audited regclass, old_name text, new_name text) FROM PUBLIC;

---- function audit.rename_table(audited regclass, new_name text)
CREATE OR REPLACE FUNCTION audit.rename_table(audited regclass, new_name text)
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
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
      $function$
;
REVOKE EXECUTE ON FUNCTION audit.rename_table(audited regclass, new_name text) FROM PUBLIC;

---- function audit.renew()
CREATE OR REPLACE FUNCTION audit.renew()
 RETURNS SETOF text
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
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
      $function$
;
REVOKE EXECUTE ON FUNCTION audit.renew() FROM PUBLIC;

---- function audit.row_sql(audited regclass)
CREATE OR REPLACE FUNCTION audit.row_sql(audited regclass)
 RETURNS text
 LANGUAGE plpgsql
 STABLE
 SET search_path TO 'pg_catalog', 'pg_temp'
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
      $function$
;
REVOKE EXECUTE ON FUNCTION audit.row_sql(audited regclass) FROM PUBLIC;

---- function audit.rows_of_user_sql(isolated regclass, owners jsonb)
CREATE OR REPLACE FUNCTION audit.rows_of_user_sql(isolated regclass, owners jsonb)
 RETURNS text
 LANGUAGE plpgsql
 STABLE
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
      DECLARE
        owner jsonb;
        type text;
        condition text := '';
      BEGIN
        FOR owner IN SELECT value FROM jsonb_array_elements(owners) LOOP
          SELECT format_type(a.atttypid, NULL) INTO type FROM pg_attribute a
          WHERE a.attrelid = isolated AND a.attname = owner->>'column' AND NOT a.attisdropped;
          IF type IS NULL THEN
            RAISE EXCEPTION '% has no column "%" to name a user', isolated, owner->>'column' USING ERRCODE = 'undefined_column';
          END IF;
          condition := condition || CASE WHEN owner ? 'table'
            THEN format(' OR %I = ANY ((SELECT audit.%I())::%s[])', owner->>'column', 'own_' || (owner->>'table'), type)
            ELSE format(' OR %I = %s', owner->>'column', audit.user_sql(type)) END;
        END LOOP;
        RETURN condition;
      END;
      $function$
;
REVOKE EXECUTE ON FUNCTION audit.rows_of_user_sql(isolated regclass, owners jsonb) FROM PUBLIC;

---- function audit.same_key_sql(audited regclass, before text, after text)
CREATE OR REPLACE FUNCTION audit.same_key_sql(audited regclass, before text, after text)
 RETURNS text
 LANGUAGE plpgsql
 STABLE
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
      BEGIN
        RETURN (
        SELECT string_agg(format(CASE WHEN c.exact_equality THEN '%1$s.%3$I = %2$s.%3$I'
                 ELSE '%1$s.%3$I::text COLLATE "C" = %2$s.%3$I::text COLLATE "C"' END, before, after, c.name), ' AND ' ORDER BY c.place)
        FROM unnest(audit.key_columns(audited)) AS key JOIN audit.columns_of(audited) c ON c.name = key);
      END;
      $function$
;
REVOKE EXECUTE ON FUNCTION audit.same_key_sql(audited regclass, before text, after text) FROM PUBLIC;

---- function audit.same_row(of_any_type record)
CREATE OR REPLACE FUNCTION audit.same_row(of_any_type record)
 RETURNS record
 LANGUAGE plpgsql
 STABLE
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
      BEGIN
        RETURN of_any_type;
      END;
      $function$
;
REVOKE EXECUTE ON FUNCTION audit.same_row(of_any_type record) FROM PUBLIC;

---- function audit.set_tenant(audited regclass, tenant_column text, parent regclass)
CREATE OR REPLACE FUNCTION audit.set_tenant(audited regclass, tenant_column text, parent regclass DEFAULT NULL::regclass)
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
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
      $function$
;
REVOKE EXECUTE ON FUNCTION audit.set_tenant(audited regclass, tenant_column text, parent regclass) FROM PUBLIC;

---- function audit.settings_of(audited regclass)
CREATE OR REPLACE FUNCTION audit.settings_of(audited regclass)
 RETURNS TABLE(name text, value text)
 LANGUAGE plpgsql
 STABLE
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET plan_cache_mode TO 'force_generic_plan'
 SET quote_all_identifiers TO 'off'
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
      $function$
;
REVOKE EXECUTE ON FUNCTION audit.settings_of(audited regclass) FROM PUBLIC;

---- function audit.tenant_heirs(recorded_name text)
CREATE OR REPLACE FUNCTION audit.tenant_heirs(recorded_name text)
 RETURNS SETOF text
 LANGUAGE sql
 STABLE
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
        WITH RECURSIVE heirs (name) AS (
          SELECT recorded_name
          UNION
          SELECT t.table_name FROM audit.tenant_tables t JOIN heirs ON t.parent_table = heirs.name
        )
        SELECT name FROM heirs
      $function$
;
REVOKE EXECUTE ON FUNCTION audit.tenant_heirs(recorded_name text) FROM PUBLIC;

---- function audit.tenant_of_deleted(deleted_table text, deleted_id text)
CREATE OR REPLACE FUNCTION audit.tenant_of_deleted(deleted_table text, deleted_id text)
 RETURNS text
 LANGUAGE plpgsql
 STABLE
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
      BEGIN
        IF deleted_id IS NULL THEN
          RETURN NULL;
        END IF;
        RETURN (SELECT l.tenant_id FROM public.audit_logs l
          WHERE l.table_name = deleted_table AND l.record_id = deleted_id AND l.operation = 'DELETE'
          ORDER BY l.sequence DESC LIMIT 1);
      END;
      $function$
;
REVOKE EXECUTE ON FUNCTION audit.tenant_of_deleted(deleted_table text, deleted_id text) FROM PUBLIC;

---- function audit.tenant_of_subject(subject text, subject_id text)
CREATE OR REPLACE FUNCTION audit.tenant_of_subject(subject text, subject_id text)
 RETURNS text
 LANGUAGE plpgsql
 STABLE
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
      DECLARE
        subject_table regclass := (SELECT audit.relation(t.table_name) FROM audit.tenant_tables t WHERE t.table_name = subject);
        tenant text;
        tenants text := current_setting('app.tenants', true);
      BEGIN
        IF subject_table IS NOT NULL AND cardinality(audit.key_columns(subject_table)) = 1 THEN
          EXECUTE format('SELECT %s FROM %s AS t WHERE %s = $1', audit.tenant_sql(subject_table, 't'), subject_table,
            audit.key_sql(subject_table, '{}', 't', true)) INTO tenant USING subject_id;
          tenant := coalesce(tenant, audit.tenant_of_deleted(subject, subject_id));
        END IF;
        RETURN coalesce(tenant, CASE WHEN tenants LIKE '{%' AND cardinality(tenants::text[]) = 1 THEN (tenants::text[])[1] END);
      END;
      $function$
;
REVOKE EXECUTE ON FUNCTION audit.tenant_of_subject(subject text, subject_id text) FROM PUBLIC;

---- function audit.tenant_sql(audited regclass, alias text, depth integer)
CREATE OR REPLACE FUNCTION audit.tenant_sql(audited regclass, alias text, depth integer DEFAULT 1)
 RETURNS text
 LANGUAGE plpgsql
 STABLE
 SET search_path TO 'pg_catalog', 'pg_temp'
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
      $function$
;
REVOKE EXECUTE ON FUNCTION audit.tenant_sql(audited regclass, alias text, depth integer) FROM PUBLIC;

---- function audit.tenants_sql(type text)
CREATE OR REPLACE FUNCTION audit.tenants_sql(type text)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
        SELECT format($sql$(CASE WHEN current_setting('app.tenants', true) LIKE '{%%'
          THEN current_setting('app.tenants', true) ELSE '{}' END)::%s[]$sql$, type)
      $function$
;
REVOKE EXECUTE ON FUNCTION audit.tenants_sql(type text) FROM PUBLIC;

---- function audit.unisolate(isolated regclass)
CREATE OR REPLACE FUNCTION audit.unisolate(isolated regclass)
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
      DECLARE
        unused regprocedure;
      BEGIN
        PERFORM audit.drop_isolation(isolated);
        EXECUTE format('ALTER TABLE %s DISABLE ROW LEVEL SECURITY', isolated);
        DELETE FROM audit.isolated_tables WHERE table_name = audit.recorded_name(isolated);
        PERFORM audit.isolate_trail();
        IF NOT EXISTS (SELECT FROM audit.isolated_tables) THEN
          FOR unused IN SELECT p.oid::regprocedure FROM pg_proc p
            WHERE p.pronamespace = 'audit'::regnamespace AND p.proname ~ '^(keys|has|own)_' LOOP
            EXECUTE format('DROP FUNCTION %s', unused);
          END LOOP;
        END IF;
      END;
      $function$
;
REVOKE EXECUTE ON FUNCTION audit.unisolate(isolated regclass) FROM PUBLIC;

---- function audit.user_sql(type text)
CREATE OR REPLACE FUNCTION audit.user_sql(type text)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
        SELECT format($sql$CASE WHEN current_setting('app.tenants', true) <> ''
          AND coalesce(NULLIF(current_setting('app.on_behalf_of', true), ''), current_setting('app.current_user_id', true)) %s
          THEN coalesce(NULLIF(current_setting('app.on_behalf_of', true), ''), current_setting('app.current_user_id', true))::%s END$sql$,
          CASE type WHEN 'uuid' THEN $sql$LIKE '________-____-____-____-____________'$sql$
                    WHEN 'integer' THEN $sql$~ '^\d{1,9}$'$sql$
                    WHEN 'bigint' THEN $sql$~ '^\d{1,18}$'$sql$
                    ELSE $sql$<> ''$sql$ END, type)
      $function$
;
REVOKE EXECUTE ON FUNCTION audit.user_sql(type text) FROM PUBLIC;

---- function audit.writable_sql(isolated regclass, one_row boolean)
CREATE OR REPLACE FUNCTION audit.writable_sql(isolated regclass, one_row boolean)
 RETURNS text
 LANGUAGE plpgsql
 STABLE
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
      DECLARE
        declared audit.tenant_tables;
        type text;
      BEGIN
        SELECT t.* INTO STRICT declared FROM audit.tenant_tables t WHERE t.table_name = audit.recorded_name(isolated);
        SELECT format_type(a.atttypid, NULL) INTO STRICT type FROM pg_attribute a
        WHERE a.attrelid = isolated AND a.attname = declared.tenant_column AND NOT a.attisdropped;
        IF NOT one_row THEN
          RETURN audit.reachable_sql(isolated, '''*''', '= ''*''');
        END IF;
        RETURN format('current_setting(''app.tenants'', true) = ''*'' OR %s',
          CASE WHEN declared.parent_table IS NULL THEN format('%I = ANY (%s)', declared.tenant_column, audit.tenants_sql(type))
               ELSE format('audit.%I(%I)', 'has_' || declared.parent_table, declared.tenant_column) END);
      END;
      $function$
;
REVOKE EXECUTE ON FUNCTION audit.writable_sql(isolated regclass, one_row boolean) FROM PUBLIC;

---- function audit.write_image(query text, row_to_write anyelement)
CREATE OR REPLACE FUNCTION audit.write_image(query text, row_to_write anyelement)
 RETURNS jsonb
 LANGUAGE plpgsql
 STABLE
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET "TimeZone" TO 'UTC'
 SET "DateStyle" TO 'ISO, MDY'
 SET "IntervalStyle" TO 'iso_8601'
 SET bytea_output TO 'hex'
 SET extra_float_digits TO '1'
 SET quote_all_identifiers TO 'off'
AS $function$
      DECLARE
        image jsonb;
      BEGIN
        EXECUTE query INTO image USING row_to_write;
        RETURN image;
      END;
      $function$
;
REVOKE EXECUTE ON FUNCTION audit.write_image(query text, row_to_write anyelement) FROM PUBLIC;

---- function audit.wrote_for_others(transactions bigint[], since timestamp with time zone, tenants text[])
CREATE OR REPLACE FUNCTION audit.wrote_for_others(transactions bigint[], since timestamp with time zone, tenants text[])
 RETURNS boolean
 LANGUAGE plpgsql
 STABLE SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
      BEGIN
        RETURN EXISTS (
          SELECT FROM public.audit_logs l
          WHERE l.transaction_id = ANY (transactions) AND l.created_at >= since
            AND l.operation IN ('INSERT', 'UPDATE', 'DELETE', 'TRUNCATE')
            AND (l.tenant_id = ANY (tenants) OR l.former_tenant_id = ANY (tenants)) IS NOT TRUE);
      END;
      $function$
;
REVOKE EXECUTE ON FUNCTION audit.wrote_for_others(transactions bigint[], since timestamp with time zone, tenants text[]) FROM PUBLIC;

---- function public.set_updated_at()
CREATE OR REPLACE FUNCTION public.set_updated_at()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO ''
AS $function$
      BEGIN
        -- An undo or restore puts the old time back, and sets this for its transaction.
        IF current_setting('app.keep_updated_at', true) = 'on' THEN
          RETURN NEW;
        END IF;

        -- Ignore a value that the statement sets.
        NEW.updated_at := OLD.updated_at;
        IF NEW OPERATOR(pg_catalog.*<>) OLD THEN
          NEW.updated_at := now();
        END IF;
        RETURN NEW;
      END;
      $function$
;
