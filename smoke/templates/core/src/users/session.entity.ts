import { Audited, Sensitive } from '@singr/database/core';
import { Column, Entity, JoinColumn, ManyToOne, PrimaryColumn, type Relation } from 'typeorm';
import { User } from './user.entity.js';

@Audited()
@Entity('sessions')
export class Session {
  @PrimaryColumn({
    type: 'integer',
    generated: 'identity',
    primaryKeyConstraintName: 'sessions_pkey',
  })
  id!: number;

  @Column('integer', { name: 'user_id' })
  userId!: number;

  @Sensitive()
  @Column('text')
  token!: string;

  @ManyToOne(() => User, { onDelete: 'CASCADE' })
  @JoinColumn({ name: 'user_id', foreignKeyConstraintName: 'sessions_user_id_fkey' })
  user!: Relation<User>;
}
