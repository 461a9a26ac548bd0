import { Column, Entity, Index, JoinColumn, ManyToOne, type Relation, Unique } from 'typeorm';
import { AuditLabel } from '../../../engine/decorators/audit-label.decorator.js';
import {
  CreatedAtColumn,
  PrimaryUuidColumn,
  UpdatedAtColumn,
} from '../../../engine/common/columns.js';
import { Sensitive } from '../../../engine/decorators/sensitive.decorator.js';
import { User } from './user.entity.js';

/** A user's sign-in session. */
@AuditLabel({ label: 'Session', plural: 'Sessions', icon: '🔑' })
@Entity('sessions')
@Unique('sessions_session_token_key', ['sessionToken'])
@Index('sessions_users_id_idx', ['userId'])
@Index('idx_sessions_expires', ['expiresAt'])
export class Session {
  @PrimaryUuidColumn('sessions_id', 'sessions_pkey')
  id!: string;

  @Column('uuid', { name: 'users_id' })
  userId!: string;

  /** The hash of the session's token; the token itself is never stored. */
  @Sensitive()
  @Column('text', { name: 'session_token' })
  sessionToken!: string;

  @Column({ type: 'timestamptz', name: 'expires_at', precision: 6 })
  expiresAt!: Date;

  @CreatedAtColumn()
  createdAt!: Date;

  @UpdatedAtColumn()
  updatedAt!: Date;

  @ManyToOne(() => User, (user) => user.sessions, { onDelete: 'CASCADE', onUpdate: 'CASCADE' })
  @JoinColumn({ name: 'users_id', foreignKeyConstraintName: 'sessions_users_id_fkey' })
  user!: Relation<User>;
}
