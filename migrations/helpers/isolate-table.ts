import type { QueryRunner } from 'typeorm';
import { declareTenant, type TenantOfParent } from './audit-table.js';

/** A column that names the user who may read a row in every tenant. */
export interface RowOwner {
  /** The column with the user's id, or the column that refers to `of`. */
  column: string;
  /** A table whose rows belong to a user, such as the profiles of singers. It needs a primary key of one column. */
  of?: string;
  /** The column of `of` that has the user's id. */
  user?: string;
}

export interface IsolateTableOptions {
  /** The tenant of each row, as in `auditTable()`. Default: the declared one. */
  tenant?: string | TenantOfParent;
  /** Whether somebody who belongs to no tenant reads the rows of all tenants. Default: false. */
  public?: boolean;
  /** Columns that name a user, who reads the row in every tenant. Default: none. */
  owners?: readonly RowOwner[];
  /**
   * Whether to create the view `audit.visible_<table>` with the rows that a transaction may read, but for those
   * that it may read as their owner. PostgreSQL uses no index of a table with policies for operators that are not LEAKPROOF, such as those of `pg_trgm` and
   * PostGIS. On the view it does. Default: false.
   */
  searchable?: boolean;
}

/**
 * Restricts a table to the tenants of the running code, by row-level security, in a migration. It takes effect for
 * every role but the owner of the table and superusers. The trail is isolated with the first table.
 *
 * The table is named as in SQL, without quotes if it needs none. A later migration that changes the column of the tenant or of an owner
 * must call it again. With `searchable`, one that adds columns must do so too.
 */
export async function isolateTable(
  queryRunner: QueryRunner,
  table: string,
  options: IsolateTableOptions = {},
): Promise<void> {
  const { tenant, public: isPublic = false, owners = [], searchable = false } = options;
  if (tenant !== undefined) await declareTenant(queryRunner, table, tenant);
  const found = owners.map(({ column, of, user }) =>
    of === undefined ? { column } : { column, table: of, user_column: user },
  );
  await queryRunner.query('SELECT audit.isolate($1::regclass, $2, $3, $4)', [
    table,
    isPublic,
    JSON.stringify(found),
    searchable,
  ]);
}

/** Removes the row-level security of a table. Call it in `down()`. The trail stays isolated while any table is. */
export async function unisolateTable(queryRunner: QueryRunner, table: string): Promise<void> {
  await queryRunner.query('SELECT audit.unisolate($1::regclass)', [table]);
}
