import { Column, Entity, JoinColumn, OneToMany, OneToOne, type Relation, Unique } from 'typeorm';
import { AuditLabel } from '../../../engine/decorators/audit-label.decorator.js';
import { Customer } from '../../billing/entities/customer.entity.js';
import { Subscription } from '../../billing/entities/subscription.entity.js';
import { BrandedApp } from '../../branding/entities/branded-app.entity.js';
import {
  CreatedAtColumn,
  PrimaryUuidColumn,
  UpdatedAtColumn,
} from '../../../engine/common/columns.js';
import type { JsonObject } from '../../../engine/common/json.js';
import { Personal, PersonalRecord } from '../../../engine/decorators/personal.decorator.js';
import { Tenant } from '../../../engine/decorators/tenant.decorator.js';
import { ApiKey } from '../../organizations/entities/api-key.entity.js';
import { OrganizationUser } from '../../organizations/entities/organization-user.entity.js';
import { SongDb } from '../../songs/entities/song-db.entity.js';
import { State } from '../../venues/entities/state.entity.js';
import { System } from '../../venues/entities/system.entity.js';
import { Venue } from '../../venues/entities/venue.entity.js';
import { User } from './user.entity.js';

/** The business of a karaoke host or a bar: the tenant that venues, systems and songs belong to. */
@PersonalRecord({ names: { 'stripe customer': `image->>'stripe_customer_id'` } })
@AuditLabel({ label: 'Customer', plural: 'Customers', icon: '🏢', title: 'legalBusinessName' })
@Entity('customer_profiles')
@Unique('customer_profiles_users_id_key', ['userId'])
@Unique('customer_profiles_stripe_customer_id_key', ['stripeCustomerId'])
export class CustomerProfile {
  @Tenant()
  @PrimaryUuidColumn('customer_profiles_id', 'customer_profiles_pkey')
  id!: string;

  /** The owner, who has all permissions in the organization. */
  @Column('uuid', { name: 'users_id' })
  userId!: string;

  @Personal()
  @Column('text', { name: 'legal_business_name', nullable: true })
  legalBusinessName!: string | null;

  /** The name that the business trades under ("doing business as"). */
  @Personal()
  @Column('text', { name: 'dba_name', nullable: true })
  dbaName!: string | null;

  /** Stripe's id, `cus_…`. */
  @Column('text', { name: 'stripe_customer_id', nullable: true })
  stripeCustomerId!: string | null;

  @Personal()
  @Column('text', { name: 'contact_email', nullable: true })
  contactEmail!: string | null;

  /** E.164, such as `+16155551234`. */
  @Personal()
  @Column('text', { name: 'contact_phone', nullable: true })
  contactPhone!: string | null;

  /** An IANA time zone, such as `America/New_York`. */
  @Column('text', { nullable: true, default: 'UTC' })
  timezone!: string | null;

  /** An address in the application's own format. This package neither reads it nor sends it to Stripe. */
  @Personal()
  @Column('jsonb', { name: 'billing_address', nullable: true })
  billingAddress!: JsonObject | null;

  /** Additional data of the application about the customer, in the application's own format. */
  @Personal()
  @Column('jsonb', { nullable: true, default: {} })
  metadata!: JsonObject | null;

  @CreatedAtColumn()
  createdAt!: Date;

  @UpdatedAtColumn()
  updatedAt!: Date;

  @OneToOne(() => User, (user) => user.customerProfile, {
    onDelete: 'CASCADE',
    onUpdate: 'CASCADE',
  })
  @JoinColumn({ name: 'users_id', foreignKeyConstraintName: 'customer_profiles_users_id_fkey' })
  user!: Relation<User>;

  @OneToMany(() => Customer, (customer) => customer.customerProfile)
  customers!: Relation<Customer>[];

  @OneToMany(() => ApiKey, (apiKey) => apiKey.customerProfile)
  apiKeys!: Relation<ApiKey>[];

  @OneToOne(() => State, (state) => state.customerProfile)
  state!: Relation<State> | null;

  @OneToMany(() => Venue, (venue) => venue.customerProfile)
  venues!: Relation<Venue>[];

  @OneToMany(() => System, (system) => system.customerProfile)
  systems!: Relation<System>[];

  /** The songs of all the customer's systems: up to several hundred thousand. */
  @OneToMany(() => SongDb, (song) => song.customerProfile)
  songdb!: Relation<SongDb>[];

  @OneToMany(() => Subscription, (subscription) => subscription.customerProfile)
  subscriptions!: Relation<Subscription>[];

  @OneToMany(() => OrganizationUser, (organizationUser) => organizationUser.customerProfile)
  organizationUsers!: Relation<OrganizationUser>[];

  @OneToMany(() => BrandedApp, (brandedApp) => brandedApp.customerProfile)
  brandedApps!: Relation<BrandedApp>[];
}
