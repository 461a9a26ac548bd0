import { Column, Entity, JoinColumn, ManyToOne, OneToMany, PrimaryColumn } from 'typeorm';

/** The roles as an application might map them that loads relations when it awaits them. */
@Entity('roles')
export class LazyRole {
  @PrimaryColumn('uuid', { name: 'roles_id' })
  id!: string;

  @Column('text')
  slug!: string;

  @Column('text', { nullable: true })
  description!: string | null;

  @OneToMany(() => LazyGrant, (grant) => grant.role, { lazy: true })
  grants!: Promise<LazyGrant[]>;
}

@Entity('role_permissions')
export class LazyGrant {
  @PrimaryColumn('uuid', { name: 'role_permissions_id' })
  id!: string;

  @ManyToOne(() => LazyRole, (role) => role.grants, { lazy: true })
  @JoinColumn({ name: 'roles_id' })
  role!: Promise<LazyRole>;
}
