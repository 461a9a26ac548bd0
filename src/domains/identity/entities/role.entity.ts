import { Column, Entity, OneToMany, type Relation, Unique } from 'typeorm';
import { AuditLabel } from '../../../engine/decorators/audit-label.decorator.js';
import {
  CreatedAtColumn,
  PrimaryUuidColumn,
  UpdatedAtColumn,
} from '../../../engine/common/columns.js';
import { OrganizationUser } from '../../organizations/entities/organization-user.entity.js';
import { RolePermission } from './role-permission.entity.js';
import { UserRole } from './user-role.entity.js';

/** A named set of permissions, held by users globally or by members of an organization. */
@AuditLabel({ label: 'Role', plural: 'Roles', icon: '🛡️' })
@Entity('roles')
@Unique('roles_slug_key', ['slug'])
export class Role {
  @PrimaryUuidColumn('roles_id', 'roles_pkey')
  id!: string;

  /** The name that code refers to, such as `customer_owner`. */
  @Column('text')
  slug!: string;

  @Column('text', { nullable: true })
  description!: string | null;

  /** Whether the role belongs to the product. Customers must not change such a role. */
  @Column('boolean', { name: 'is_system', default: false })
  isSystem!: boolean;

  @CreatedAtColumn()
  createdAt!: Date;

  @UpdatedAtColumn()
  updatedAt!: Date;

  @OneToMany(() => RolePermission, (rolePermission) => rolePermission.role)
  rolePermissions!: Relation<RolePermission>[];

  @OneToMany(() => UserRole, (userRole) => userRole.role)
  userRoles!: Relation<UserRole>[];

  @OneToMany(() => OrganizationUser, (organizationUser) => organizationUser.role)
  organizationUsers!: Relation<OrganizationUser>[];
}
