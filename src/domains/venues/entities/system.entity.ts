import { Column, Entity, Index, JoinColumn, ManyToOne, type Relation, Unique } from 'typeorm';
import { AuditLabel } from '../../../engine/decorators/audit-label.decorator.js';
import {
  CreatedAtColumn,
  PrimaryUuidColumn,
  UpdatedAtColumn,
} from '../../../engine/common/columns.js';
import type { JsonObject } from '../../../engine/common/json.js';
import { Tenant } from '../../../engine/decorators/tenant.decorator.js';
import { CustomerProfile } from '../../identity/entities/customer-profile.entity.js';

/** A customer's computer that runs OpenKJ and publishes a song catalogue. */
@AuditLabel({ label: 'Karaoke system', plural: 'Karaoke systems', icon: '🖥️' })
@Entity('systems')
@Unique('systems_customer_profiles_id_openkj_system_id_key', [
  'customerProfileId',
  'openkjSystemId',
])
@Index('idx_systems_customer_profile', ['customerProfileId'])
export class System {
  @PrimaryUuidColumn('systems_id', 'systems_pkey')
  id!: string;

  @Tenant()
  @Column('uuid', { name: 'customer_profiles_id' })
  customerProfileId!: string;

  /** The system's number in OpenKJ; unique within the customer. */
  @Column('integer', { name: 'openkj_system_id' })
  openkjSystemId!: number;

  @Column('text')
  name!: string;

  /** Settings of the system in the application's own format, such as its region. */
  @Column('jsonb', { nullable: true, default: {} })
  configuration!: JsonObject | null;

  @CreatedAtColumn()
  createdAt!: Date;

  @UpdatedAtColumn()
  updatedAt!: Date;

  @ManyToOne(() => CustomerProfile, (profile) => profile.systems, {
    onDelete: 'CASCADE',
    onUpdate: 'CASCADE',
  })
  @JoinColumn({
    name: 'customer_profiles_id',
    foreignKeyConstraintName: 'systems_customer_profiles_id_fkey',
  })
  customerProfile!: Relation<CustomerProfile>;
}
