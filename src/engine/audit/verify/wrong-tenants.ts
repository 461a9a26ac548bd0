import { escapeLiteral } from 'pg';
import { tenantDeclarationOf } from '../../decorators/tenant.decorator.js';
import type { DatabaseDataSource } from '../../transaction/database.data-source.js';
import { nameOfEntity } from '../entity-of-table.js';
import type { AuditProblem } from './audit-verifier.js';

interface DeclaredTenant {
  readonly column: string;
  readonly parent: string | null;
}

/** Compares what entities mark `@Tenant()` with what the database was told by audit.set_tenant(). */
export async function wrongTenants(database: DatabaseDataSource): Promise<AuditProblem[]> {
  const rows = await database.read<DeclaredTenant & { name: string }>(
    `SELECT table_name AS name, tenant_column AS column, parent_table AS parent FROM audit.tenant_tables`,
  );
  const told = new Map<string, DeclaredTenant>(rows.map((row) => [row.name, row]));
  const marked = markedTenants(database);
  return [...marked].flatMap(([name, wanted]) => {
    const found = told.get(name);
    if (described(found) === described(wanted)) return [];
    return [
      {
        subject: name,
        problem: `has the tenant ${described(found)} in the database, and ${described(wanted)} by @Tenant() of its entity`,
        remedy: `in a migration: SELECT audit.set_tenant(${[name, wanted?.column, wanted?.parent].map(literal).join(', ')})`,
      },
    ];
  });
}

/** By table; undefined for an entity without a tenant. Several entities may share a table. */
function markedTenants(database: DatabaseDataSource): Map<string, DeclaredTenant | undefined> {
  const marked = new Map<string, DeclaredTenant | undefined>();
  for (const metadata of database.entityMetadatas) {
    if (typeof metadata.target !== 'function' || metadata.tableType === 'view') continue;
    const name = nameOfEntity(metadata);
    const { column, parent } = tenantDeclarationOf(metadata) ?? {};
    const tenant =
      column === undefined ? undefined : { column, parent: parent ? nameOfEntity(parent) : null };
    marked.set(name, tenant ?? marked.get(name));
  }
  return marked;
}

function described(tenant: DeclaredTenant | undefined): string {
  if (tenant === undefined) return 'none';
  return tenant.parent === null ? tenant.column : `${tenant.column} of ${tenant.parent}`;
}

function literal(value: string | null | undefined): string {
  return value == null ? 'NULL' : escapeLiteral(value);
}
