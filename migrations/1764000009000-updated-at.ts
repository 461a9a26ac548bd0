import type { MigrationInterface, QueryRunner } from 'typeorm';

/** All tables with the column. */
const tables = [
  'users',
  'roles',
  'permissions',
  'accounts',
  'sessions',
  'verification_tokens',
  'customer_profiles',
  'singer_profiles',
  'customers',
  'products',
  'prices',
  'subscriptions',
  'organization_users',
  'api_keys',
  'venues',
  'systems',
  'songdb',
  'requests',
  'singer_favorite_songs',
  'singer_request_history',
  'branding_profiles',
  'branded_apps',
  'branded_app_api_keys',
];

export class UpdatedAt1764000009000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    /*
     * `*<>` compares the binary images of two rows. The alternatives are worse:
     * - `IS DISTINCT FROM` uses the `=` of each type. It misses a change from 1.0 to 1.00, or from `a` to `A`
     *   under a nondeterministic collation, and fails for types without `=`.
     * - Comparing both rows as JSON takes about five times as long.
     * If `*<>` sees a difference between equal rows, `updated_at` changes without need, which does no harm.
     *
     * HAZARD: in a BEFORE trigger, the generated columns of NEW are null. In a table with a stored generated
     * column, every UPDATE would therefore count as a change.
     */
    await queryRunner.query(`
      CREATE FUNCTION set_updated_at() RETURNS trigger
        LANGUAGE plpgsql
        SET search_path = ''
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
    `);

    for (const table of tables) {
      await queryRunner.query(`
        CREATE TRIGGER ${table}_set_updated_at BEFORE UPDATE ON ${table}
          FOR EACH ROW EXECUTE FUNCTION set_updated_at()
      `);
    }
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    for (const table of tables) {
      await queryRunner.query(`DROP TRIGGER ${table}_set_updated_at ON ${table}`);
    }
    await queryRunner.query(`DROP FUNCTION set_updated_at()`);
  }
}
