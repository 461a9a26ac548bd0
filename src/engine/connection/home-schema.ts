import type { QueryRunner } from 'typeorm';
import { pathWith } from '../driver/search-path.js';
import { SchemaNotFirstError } from './errors.js';

/**
 * Creates the schema of the package's tables if it does not exist, and puts it first into the search path until
 * the transaction ends; outside a transaction it is there from the start of the session. Migrations create
 * tables without naming a schema.
 *
 * @throws SchemaNotFirstError when no schema is configured, and new tables would not go to `public`
 */
export async function openHomeSchema(
  queryRunner: QueryRunner,
  schema: string | undefined,
): Promise<void> {
  if (schema === undefined) return await assertHomeSchema(queryRunner, 'public');
  const [{ exists }] = (await queryRunner.query(
    'SELECT EXISTS (SELECT FROM pg_namespace WHERE nspname = $1) AS exists',
    [schema],
  )) as [{ exists: boolean }];
  // CREATE SCHEMA IF NOT EXISTS needs a privilege even when the schema exists.
  if (!exists) await queryRunner.query(`CREATE SCHEMA "${schema}"`);
  await queryRunner.query(`SELECT ${pathWith('$1', true)}`, [schema]);
}

/** @throws SchemaNotFirstError when the schema exists, and names without a schema are looked up elsewhere first */
export async function assertHomeSchema(queryRunner: QueryRunner, schema: string): Promise<void> {
  const [{ first, role, exists }] = (await queryRunner.query(
    `SELECT current_schema() AS first, current_user AS role,
            EXISTS (SELECT FROM pg_namespace WHERE nspname = $1) AS exists`,
    [schema],
  )) as [{ first: string | null; role: string; exists: boolean }];
  if (exists && first !== schema) throw new SchemaNotFirstError(schema, first, role);
}
