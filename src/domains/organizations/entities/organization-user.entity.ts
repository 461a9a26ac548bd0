import {
  Column,
  Entity,
  Index,
  JoinColumn,
  ManyToOne,
  OneToMany,
  type Relation,
  Unique,
} from 'typeorm';
import { AuditLabel } from '../../../engine/decorators/audit-label.decorator.js';
import {
  CreatedAtColumn,
  PrimaryUuidColumn,
  UpdatedAtColumn,
} from '../../../engine/common/columns.js';
import { ForwardOnly } from '../../../engine/decorators/forward-only.decorator.js';
import { Sensitive } from '../../../engine/decorators/sensitive.decorator.js';
import { Tenant } from '../../../engine/decorators/tenant.decorator.js';
import { CustomerProfile } from '../../identity/entities/customer-profile.entity.js';
import { Role } from '../../identity/entities/role.entity.js';
import { User } from '../../identity/entities/user.entity.js';
import { OrganizationUserPermission } from './organization-user-permission.entity.js';
import { OrganizationUserStatus } from './organization-user-status.enum.js';

/** A user's membership in a customer's organization. It begins with the invitation. */
@AuditLabel({ label: 'Member', plural: 'Members', icon: '👥' })
@Entity('organization_users')
@Unique('organization_users_customer_profiles_id_users_id_key', ['customerProfileId', 'userId'])
@Unique('organization_users_invitation_token_key', ['invitationToken'])
@Index('organization_users_users_id_idx', ['userId'])
@Index('organization_users_invited_by_user_id_idx', ['invitedByUserId'])
@Index('organization_users_role_id_idx', ['roleId'])
@Index('idx_organization_users_invitations', ['invitationExpiresAt'], {
  where: `status = 'invited'`,
})
export class OrganizationUser {
  @PrimaryUuidColumn('organization_users_id', 'organization_users_pkey')
  id!: string;

  @Tenant()
  @Column('uuid', { name: 'customer_profiles_id' })
  customerProfileId!: string;

  @Column('uuid', { name: 'users_id' })
  userId!: string;

  @Column('uuid', { name: 'invited_by_user_id', nullable: true })
  invitedByUserId!: string | null;

  /** The role in this organization. The member has its permissions and the member's own. */
  @Column('uuid', { name: 'role_id', nullable: true })
  roleId!: string | null;

  @Column('enum', {
    enum: OrganizationUserStatus,
    enumName: 'organization_user_status',
    default: OrganizationUserStatus.Invited,
  })
  status!: OrganizationUserStatus;

  /** The hash of the invitation's token, until the invitation is accepted. The token itself is never stored. */
  @Sensitive()
  @Column('text', { name: 'invitation_token', nullable: true })
  invitationToken!: string | null;

  /** The end of a pending invitation. A revoked membership that has it is an invitation that expired. */
  @Column({ type: 'timestamptz', name: 'invitation_expires_at', precision: 6, nullable: true })
  invitationExpiresAt!: Date | null;

  /** Written by the application only, which defines what counts as access. */
  @ForwardOnly()
  @Column({ type: 'timestamptz', name: 'last_accessed_at', precision: 6, nullable: true })
  lastAccessedAt!: Date | null;

  @CreatedAtColumn()
  createdAt!: Date;

  @UpdatedAtColumn()
  updatedAt!: Date;

  @ManyToOne(() => CustomerProfile, (profile) => profile.organizationUsers, {
    onDelete: 'CASCADE',
    onUpdate: 'CASCADE',
  })
  @JoinColumn({
    name: 'customer_profiles_id',
    foreignKeyConstraintName: 'organization_users_customer_profiles_id_fkey',
  })
  customerProfile!: Relation<CustomerProfile>;

  @ManyToOne(() => User, (user) => user.organizationUsers, {
    onDelete: 'CASCADE',
    onUpdate: 'CASCADE',
  })
  @JoinColumn({ name: 'users_id', foreignKeyConstraintName: 'organization_users_users_id_fkey' })
  user!: Relation<User>;

  @ManyToOne(() => User, (user) => user.organizationInvites, {
    onDelete: 'SET NULL',
    onUpdate: 'CASCADE',
  })
  @JoinColumn({
    name: 'invited_by_user_id',
    foreignKeyConstraintName: 'organization_users_invited_by_user_id_fkey',
  })
  invitedBy!: Relation<User> | null;

  @ManyToOne(() => Role, (role) => role.organizationUsers, {
    onDelete: 'SET NULL',
    onUpdate: 'CASCADE',
  })
  @JoinColumn({ name: 'role_id', foreignKeyConstraintName: 'organization_users_role_id_fkey' })
  role!: Relation<Role> | null;

  @OneToMany(() => OrganizationUserPermission, (override) => override.organizationUser)
  permissions!: Relation<OrganizationUserPermission>[];
}
