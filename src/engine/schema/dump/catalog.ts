/** SQL condition: the object is in a schema that the dump describes. */
export function isOurs(schema: string): string {
  return `${schema}.oid IN (audit.home(), 'audit'::regnamespace)`;
}

/** SQL condition: the object does not belong to an extension. */
export function isNoExtensions(catalog: string, oid: string): string {
  return `NOT EXISTS (
    SELECT FROM pg_depend
    WHERE classid = '${catalog}'::regclass AND objid = ${oid} AND deptype = 'e')`;
}

/**
 * SQL condition: the dump describes the relation. It leaves out TypeORM's own tables, the monthly
 * partitions, and the table that entries are moved with. The default partition is included.
 */
export function isDescribed(relation: string): string {
  return `${relation}.relname NOT IN ('migrations', 'typeorm_metadata', 'audit_logs_moving')
    AND (NOT ${relation}.relispartition OR ${relation}.relname = 'audit_logs_default')`;
}

/**
 * SQL expression: the privileges of PUBLIC on an object, if they differ from PostgreSQL's default. Privileges
 * of single roles are left out, because they differ between installations.
 */
export function publicPrivileges(acl: string): string {
  return `(SELECT string_agg(privilege_type, ', ' ORDER BY privilege_type)
           FROM aclexplode(${acl}) WHERE grantee = 0)`;
}
