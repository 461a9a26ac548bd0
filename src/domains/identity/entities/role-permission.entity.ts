import { Column, Entity, Index, JoinColumn, ManyToOne, type Relation, Unique } from 'typeorm';
import { AuditLabel } from '../../../engine/decorators/audit-label.decorator.js';
import { CreatedAtColumn, PrimaryUuidColumn } from '../../../engine/common/columns.js';
import { Permission } from './permission.entity.js';
import { Role } from './role.entity.js';

/** A permission that a role has. */
@AuditLabel({ label: 'Permission of a role', plural: 'Permissions of roles', icon: '🛡️' })
@Entity('role_permissions')
@Unique('ux_role_permissions_role_permission', ['roleId', 'permissionId'])
@Index('role_permissions_permissions_id_idx', ['permissionId'])
export class RolePermission {
  @PrimaryUuidColumn('role_permissions_id', 'role_permissions_pkey')
  id!: string;

  @Column('uuid', { name: 'roles_id' })
  roleId!: string;

  @Column('uuid', { name: 'permissions_id' })
  permissionId!: string;

  @CreatedAtColumn()
  createdAt!: Date;

  @ManyToOne(() => Role, (role) => role.rolePermissions, {
    onDelete: 'CASCADE',
    onUpdate: 'CASCADE',
  })
  @JoinColumn({ name: 'roles_id', foreignKeyConstraintName: 'role_permissions_roles_id_fkey' })
  role!: Relation<Role>;

  @ManyToOne(() => Permission, (permission) => permission.rolePermissions, {
    onDelete: 'CASCADE',
    onUpdate: 'CASCADE',
  })
  @JoinColumn({
    name: 'permissions_id',
    foreignKeyConstraintName: 'role_permissions_permissions_id_fkey',
  })
  permission!: Relation<Permission>;
}
