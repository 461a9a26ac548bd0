import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Exactly the tables that have the column. */
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
     * `*<>` compares the stored images of two rows, byte by byte. The other ways are wrong or fail:
     * - `IS DISTINCT FROM` asks each type's `=`, by which 1.0 is 1.00 and, under a nondeterministic
     *   collation, `a` is `A`: such a change would go unnoticed. It fails for a type without `=`.
     * - Both rows as JSON take about five times as long.
     * Should `*<>` see a difference where there is none, `updated_at` moves: the harmless side.
     *
     * HAZARD: in a BEFORE trigger the generated columns of NEW are null, so in a table that has a
     * filled one, every UPDATE is a change.
     */
    await queryRunner.query(`
      CREATE FUNCTION set_updated_at() RETURNS trigger
        LANGUAGE plpgsql
        SET search_path = ''
      AS $function$
      BEGIN
        -- A restore puts the old time back: it sets this for its transaction.
        IF current_setting('app.keep_updated_at', true) = 'on' THEN
          RETURN NEW;
        END IF;

        -- What the statement itself says of updated_at does not count.
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
