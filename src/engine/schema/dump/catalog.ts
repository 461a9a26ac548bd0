/** SQL that the descriptions share. */

/** Whether a namespace is one of those that are described. */
export function isOurs(schema: string): string {
  return `${schema}.nspname IN ('public', 'audit')`;
}

/** Whether no extension made the object. */
export function isNoExtensions(catalog: string, oid: string): string {
  return `NOT EXISTS (
    SELECT FROM pg_depend
    WHERE classid = '${catalog}'::regclass AND objid = ${oid} AND deptype = 'e')`;
}

/**
 * Whether a relation is described: TypeORM's own tables are not, nor are partitions, which come and go
 * with time; all but the one for whatever has no other.
 */
export function isDescribed(relation: string): string {
  return `${relation}.relname NOT IN ('migrations', 'typeorm_metadata')
    AND (NOT ${relation}.relispartition OR ${relation}.relname = 'audit_logs_default')`;
}

/**
 * What everybody may do with an object, if that is not what PostgreSQL lets them. What single roles may
 * do is each installation's own affair.
 */
export function publicPrivileges(acl: string): string {
  return `(SELECT string_agg(privilege_type, ', ' ORDER BY privilege_type)
           FROM aclexplode(${acl}) WHERE grantee = 0)`;
}
