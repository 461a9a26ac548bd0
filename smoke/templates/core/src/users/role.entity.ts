import { Audited } from '@singr/database/core';
import { Column, Entity, PrimaryColumn } from 'typeorm';

@Audited()
@Entity('roles')
export class Role {
  @PrimaryColumn({
    type: 'integer',
    generated: 'identity',
    primaryKeyConstraintName: 'roles_pkey',
  })
  id!: number;

  @Column('text')
  name!: string;
}
