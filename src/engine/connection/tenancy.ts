import { escapeIdentifier, escapeLiteral } from 'pg';
import type { ConnectingDataSource } from './connecting.data-source.js';
import { TenancyNotEnforcedError } from './errors.js';

/**
 * Checks that policies restrict the rows that transactions reach. On the embedded engine it first creates the
 * role that they run as, because the engine's only login is a superuser.
 *
 * @throws TenancyNotEnforcedError when the tables have no policies, or the policies do not apply
 */
export async function prepareTenancy(database: ConnectingDataSource): Promise<void> {
  const { connection, tenancy } = database.config;
  if (connection.kind === 'embedded') await createRole(database, tenancy!.role!);
  const [found] = await database.read<{ isolated: number; open: string[] }>(`
    SELECT count(*)::int AS isolated,
      coalesce(array_agg(c.oid::regclass::text) FILTER (WHERE NOT row_security_active(c.oid)), '{}') AS open
    FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid
    WHERE p.polname = 'tenant_read'`);
  if (found!.isolated === 0) throw TenancyNotEnforcedError.withoutPolicies();
  if (found!.open.length > 0) {
    throw TenancyNotEnforcedError.exempt(found!.open, tenancy!.role);
  }
}

async function createRole(database: ConnectingDataSource, role: string): Promise<void> {
  const queryRunner = database.createDetachedQueryRunner();
  queryRunner.isUnrestricted = true;
  try {
    const [known] = await queryRunner.query<[{ is_migrated: boolean; exists: boolean }]>(
      `SELECT to_regproc('audit.grant_application') IS NOT NULL AS is_migrated,
         EXISTS (SELECT FROM pg_roles WHERE rolname = $1) AS exists`,
      [role],
    );
    if (!known.exists) await queryRunner.query(`CREATE ROLE ${escapeIdentifier(role)}`);
    if (known.is_migrated) {
      // Again at each start, because a migration may have added tables.
      await queryRunner.query(
        `SELECT audit.grant_application(${escapeLiteral(escapeIdentifier(role))})`,
      );
    }
  } finally {
    await queryRunner.release();
  }
}
