import { Column, Entity, JoinColumn, OneToOne, PrimaryColumn, type Relation } from 'typeorm';
import { AuditLabel } from '../../../engine/decorators/audit-label.decorator.js';
import { ForwardOnly } from '../../../engine/decorators/forward-only.decorator.js';
import { Tenant } from '../../../engine/decorators/tenant.decorator.js';
import { CustomerProfile } from '../../identity/entities/customer-profile.entity.js';

/** A customer's serial. OpenKJ polls it to detect changes. */
@AuditLabel({ label: 'Serial of OpenKJ', plural: 'Serials of OpenKJ', icon: '🔢' })
@Entity('state')
export class State {
  @Tenant()
  @PrimaryColumn('uuid', {
    name: 'customer_profiles_id',
    primaryKeyConstraintName: 'state_pkey',
  })
  customerProfileId!: string;

  /**
   * Incremented with every change that OpenKJ must see. A decimal string. `StateRepository.currentSerial()`
   * converts it to the number that OpenKJ is told.
   */
  @ForwardOnly()
  @Column('bigint', { default: '1' })
  serial!: string;

  @OneToOne(() => CustomerProfile, (profile) => profile.state, {
    onDelete: 'CASCADE',
    onUpdate: 'CASCADE',
  })
  @JoinColumn({
    name: 'customer_profiles_id',
    foreignKeyConstraintName: 'state_customer_profiles_id_fkey',
  })
  customerProfile!: Relation<CustomerProfile>;
}
