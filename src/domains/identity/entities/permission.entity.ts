import { Column, Entity, OneToMany, type Relation, Unique } from 'typeorm';
import { AuditLabel } from '../../../engine/decorators/audit-label.decorator.js';
import {
  CreatedAtColumn,
  PrimaryUuidColumn,
  UpdatedAtColumn,
} from '../../../engine/common/columns.js';
import { OrganizationUserPermission } from '../../organizations/entities/organization-user-permission.entity.js';
import { RolePermission } from './role-permission.entity.js';

/** A permission, given to roles and to single members of an organization. */
@AuditLabel({ label: 'Permission', plural: 'Permissions', icon: '🛡️' })
@Entity('permissions')
@Unique('permissions_slug_key', ['slug'])
export class Permission {
  @PrimaryUuidColumn('permissions_id', 'permissions_pkey')
  id!: string;

  /** `resource:action`, such as `venues:create`. */
  @Column('text')
  slug!: string;

  @Column('text', { nullable: true })
  description!: string | null;

  @CreatedAtColumn()
  createdAt!: Date;

  @UpdatedAtColumn()
  updatedAt!: Date;

  @OneToMany(() => RolePermission, (rolePermission) => rolePermission.permission)
  rolePermissions!: Relation<RolePermission>[];

  @OneToMany(() => OrganizationUserPermission, (override) => override.permission)
  organizationUserPermissions!: Relation<OrganizationUserPermission>[];
}
