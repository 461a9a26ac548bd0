import { Column, Entity, Index, JoinColumn, ManyToOne, type Relation, Unique } from 'typeorm';
import { AuditLabel } from '../../../engine/decorators/audit-label.decorator.js';
import { CreatedAtColumn, PrimaryUuidColumn } from '../../../engine/common/columns.js';
import { Role } from './role.entity.js';
import { User } from './user.entity.js';

/** A global role of a user, independent of organizations. */
@AuditLabel({ label: 'Role of a user', plural: 'Roles of users', icon: '🛡️' })
@Entity('user_roles')
@Unique('ux_user_roles_user_role', ['userId', 'roleId'])
@Index('user_roles_roles_id_idx', ['roleId'])
export class UserRole {
  @PrimaryUuidColumn('user_roles_id', 'user_roles_pkey')
  id!: string;

  @Column('uuid', { name: 'users_id' })
  userId!: string;

  @Column('uuid', { name: 'roles_id' })
  roleId!: string;

  @CreatedAtColumn()
  createdAt!: Date;

  @ManyToOne(() => User, (user) => user.userRoles, { onDelete: 'CASCADE', onUpdate: 'CASCADE' })
  @JoinColumn({ name: 'users_id', foreignKeyConstraintName: 'user_roles_users_id_fkey' })
  user!: Relation<User>;

  @ManyToOne(() => Role, (role) => role.userRoles, { onDelete: 'CASCADE', onUpdate: 'CASCADE' })
  @JoinColumn({ name: 'roles_id', foreignKeyConstraintName: 'user_roles_roles_id_fkey' })
  role!: Relation<Role>;
}
