import { Column, Entity, OneToMany, OneToOne, type Relation, Unique } from 'typeorm';
import { AuditLabel } from '../../../engine/decorators/audit-label.decorator.js';
import {
  CreatedAtColumn,
  PrimaryUuidColumn,
  UpdatedAtColumn,
} from '../../../engine/common/columns.js';
import { ForwardOnly } from '../../../engine/decorators/forward-only.decorator.js';
import { Sensitive } from '../../../engine/decorators/sensitive.decorator.js';
import { emailKeyOf } from '../../../engine/common/email-key.js';
import { Person, Personal } from '../../../engine/decorators/personal.decorator.js';
import { ApiKey } from '../../organizations/entities/api-key.entity.js';
import { OrganizationUser } from '../../organizations/entities/organization-user.entity.js';
import { Request } from '../../requests/entities/request.entity.js';
import { Account } from './account.entity.js';
import { CustomerProfile } from './customer-profile.entity.js';
import { Session } from './session.entity.js';
import { SingerProfile } from './singer-profile.entity.js';
import { UserRole } from './user-role.entity.js';

/**
 * A person who can sign in.
 *
 * An e-mail address is unique without regard to the case of the letters A to Z. The unique index
 * `users_lower_email_key` ensures this. A migration creates it, because TypeORM cannot declare an index on
 * an expression.
 */
@Person({ names: { address: emailKeyOf(`image->>'email'`) } })
@AuditLabel({ label: 'User', plural: 'Users', icon: '👤' })
@Entity('users')
@Unique('users_email_key', ['email'])
export class User {
  @PrimaryUuidColumn('users_id', 'users_pkey')
  id!: string;

  /** The e-mail address as its owner typed it, in the normal form NFC. Mail goes here. */
  @Personal()
  @Column('text')
  email!: string;

  /** The encoded hash with its salt and parameters; null for a user who signs in only with an OAuth account. */
  @Sensitive()
  @Column('text', { name: 'password_hash', nullable: true })
  passwordHash!: string | null;

  /** The algorithm of the password's hash, such as `argon2id`. */
  @Column('text', { name: 'password_algo', nullable: true })
  passwordAlgo!: string | null;

  /** The full name. */
  @Personal()
  @Column('text', { nullable: true })
  name!: string | null;

  /** The name that others see. */
  @Personal()
  @Column('text', { name: 'display_name', nullable: true })
  displayName!: string | null;

  /** E.164, such as `+16155551234`. */
  @Personal()
  @Column('text', { name: 'phone_number', nullable: true })
  phoneNumber!: string | null;

  @Personal()
  @Column('text', { name: 'image_url', nullable: true })
  imageUrl!: string | null;

  @Column('boolean', { name: 'is_email_verified', default: false })
  isEmailVerified!: boolean;

  @ForwardOnly()
  @Column({ type: 'timestamptz', name: 'last_login_at', precision: 6, nullable: true })
  lastLoginAt!: Date | null;

  @CreatedAtColumn()
  createdAt!: Date;

  @UpdatedAtColumn()
  updatedAt!: Date;

  @OneToOne(() => CustomerProfile, (profile) => profile.user)
  customerProfile!: Relation<CustomerProfile> | null;

  @OneToOne(() => SingerProfile, (profile) => profile.user)
  singerProfile!: Relation<SingerProfile> | null;

  @OneToMany(() => Account, (account) => account.user)
  accounts!: Relation<Account>[];

  @OneToMany(() => Session, (session) => session.user)
  sessions!: Relation<Session>[];

  @OneToMany(() => UserRole, (userRole) => userRole.user)
  userRoles!: Relation<UserRole>[];

  /** The memberships of this user. */
  @OneToMany(() => OrganizationUser, (organizationUser) => organizationUser.user)
  organizationUsers!: Relation<OrganizationUser>[];

  /** The memberships that this user invited others to. */
  @OneToMany(() => OrganizationUser, (organizationUser) => organizationUser.invitedBy)
  organizationInvites!: Relation<OrganizationUser>[];

  /** The API keys that this user made. */
  @OneToMany(() => ApiKey, (apiKey) => apiKey.createdBy)
  apiKeys!: Relation<ApiKey>[];

  /** The song requests that this user submitted. */
  @OneToMany(() => Request, (request) => request.submittedBy)
  requests!: Relation<Request>[];
}
