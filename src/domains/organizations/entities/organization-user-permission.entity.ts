import { Column, Entity, Index, JoinColumn, ManyToOne, type Relation, Unique } from 'typeorm';
import { AuditLabel } from '../../../engine/decorators/audit-label.decorator.js';
import { CreatedAtColumn, PrimaryUuidColumn } from '../../../engine/common/columns.js';
import { Tenant } from '../../../engine/decorators/tenant.decorator.js';
import { Permission } from '../../identity/entities/permission.entity.js';
import { OrganizationUser } from './organization-user.entity.js';

/** A permission that a member of an organization has in addition to those of the role. */
@AuditLabel({ label: 'Permission of a member', plural: 'Permissions of members', icon: '🛡️' })
@Entity('organization_user_permissions')
@Unique('ux_org_user_permissions', ['organizationUserId', 'permissionId'])
@Index('organization_user_permissions_permissions_id_idx', ['permissionId'])
export class OrganizationUserPermission {
  @PrimaryUuidColumn('organization_user_permissions_id', 'organization_user_permissions_pkey')
  id!: string;

  @Column('uuid', { name: 'organization_users_id' })
  organizationUserId!: string;

  @Column('uuid', { name: 'permissions_id' })
  permissionId!: string;

  @CreatedAtColumn()
  createdAt!: Date;

  @Tenant()
  @ManyToOne(() => OrganizationUser, (organizationUser) => organizationUser.permissions, {
    onDelete: 'CASCADE',
    onUpdate: 'CASCADE',
  })
  @JoinColumn({
    name: 'organization_users_id',
    foreignKeyConstraintName: 'organization_user_permissions_organization_users_id_fkey',
  })
  organizationUser!: Relation<OrganizationUser>;

  @ManyToOne(() => Permission, (permission) => permission.organizationUserPermissions, {
    onDelete: 'CASCADE',
    onUpdate: 'CASCADE',
  })
  @JoinColumn({
    name: 'permissions_id',
    foreignKeyConstraintName: 'organization_user_permissions_permissions_id_fkey',
  })
  permission!: Relation<Permission>;
}
