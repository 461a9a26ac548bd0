import { Audited } from '@singr/database/core';
import { Column, Entity, JoinColumn, ManyToOne, PrimaryColumn, type Relation } from 'typeorm';
import { Role } from './role.entity.js';

@Audited()
@Entity('users')
export class User {
  @PrimaryColumn({
    type: 'integer',
    generated: 'identity',
    primaryKeyConstraintName: 'users_pkey',
  })
  id!: number;

  @Column('text')
  name!: string;

  @Column('integer', { name: 'role_id', nullable: true })
  roleId!: number | null;

  @ManyToOne(() => Role)
  @JoinColumn({ name: 'role_id', foreignKeyConstraintName: 'users_role_id_fkey' })
  role!: Relation<Role> | null;
}
