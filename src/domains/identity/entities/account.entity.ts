import { Column, Entity, Index, JoinColumn, ManyToOne, type Relation, Unique } from 'typeorm';
import { AuditLabel } from '../../../engine/decorators/audit-label.decorator.js';
import {
  CreatedAtColumn,
  PrimaryUuidColumn,
  UpdatedAtColumn,
} from '../../../engine/common/columns.js';
import { Sensitive } from '../../../engine/decorators/sensitive.decorator.js';
import { Personal } from '../../../engine/decorators/personal.decorator.js';
import { User } from './user.entity.js';

/** A user's account at an OAuth provider. */
@AuditLabel({ label: 'Sign-in account', plural: 'Sign-in accounts', icon: '🔗', title: 'provider' })
@Entity('accounts')
@Unique('accounts_provider_provider_account_id_key', ['provider', 'providerAccountId'])
@Index('accounts_users_id_idx', ['userId'])
export class Account {
  @PrimaryUuidColumn('accounts_id', 'accounts_pkey')
  id!: string;

  @Column('uuid', { name: 'users_id' })
  userId!: string;

  /** The provider's name, such as `google`. */
  @Column('text')
  provider!: string;

  /** The user's id at the provider. */
  @Personal()
  @Column('text', { name: 'provider_account_id' })
  providerAccountId!: string;

  /** The kind of sign-in, such as `oauth` or `oidc`. */
  @Column('text')
  type!: string;

  @Sensitive()
  @Column('text', { name: 'refresh_token', nullable: true })
  refreshToken!: string | null;

  @Sensitive()
  @Column('text', { name: 'access_token', nullable: true })
  accessToken!: string | null;

  /** When the access token expires: seconds since 1970 (UTC), as a decimal string. */
  @Column('bigint', { name: 'expires_at', nullable: true })
  expiresAt!: string | null;

  /** How the access token is presented, such as `Bearer`. */
  @Column('text', { name: 'token_type', nullable: true })
  tokenType!: string | null;

  /** The granted scopes, separated by spaces (RFC 6749, section 3.3). */
  @Column('text', { nullable: true })
  scope!: string | null;

  @Sensitive()
  @Column('text', { name: 'id_token', nullable: true })
  idToken!: string | null;

  @Sensitive()
  @Column('text', { name: 'session_state', nullable: true })
  sessionState!: string | null;

  @CreatedAtColumn()
  createdAt!: Date;

  @UpdatedAtColumn()
  updatedAt!: Date;

  @ManyToOne(() => User, (user) => user.accounts, { onDelete: 'CASCADE', onUpdate: 'CASCADE' })
  @JoinColumn({ name: 'users_id', foreignKeyConstraintName: 'accounts_users_id_fkey' })
  user!: Relation<User>;
}
