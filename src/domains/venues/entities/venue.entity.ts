import {
  Column,
  Entity,
  Index,
  JoinColumn,
  ManyToOne,
  OneToMany,
  type Relation,
  Unique,
} from 'typeorm';
import { AuditLabel } from '../../../engine/decorators/audit-label.decorator.js';
import { AfterUndo } from '../../../engine/decorators/after-undo.decorator.js';
import { Tenant } from '../../../engine/decorators/tenant.decorator.js';
import {
  CreatedAtColumn,
  PrimaryUuidColumn,
  UpdatedAtColumn,
} from '../../../engine/common/columns.js';
import { GeographyPointColumn, type Point } from '../../common/geography.js';
import { CustomerProfile } from '../../identity/entities/customer-profile.entity.js';
import { Request } from '../../requests/entities/request.entity.js';
import { SingerFavoriteVenue } from '../../requests/entities/singer-favorite-venue.entity.js';
import { SingerRequestHistory } from '../../requests/entities/singer-request-history.entity.js';
import { moveSerialsOfUndone } from '../../common/serial.js';

/** A place where a customer runs karaoke. */
@AfterUndo(moveSerialsOfUndone)
@AuditLabel({ label: 'Venue', plural: 'Venues', icon: '📍' })
@Entity('venues')
@Unique('venues_url_name_key', ['urlName'])
@Unique('venues_customer_profiles_id_openkj_venue_id_key', ['customerProfileId', 'openkjVenueId'])
@Index('idx_venues_customer_profile', ['customerProfileId'])
@Index('idx_venues_location', ['location'], { spatial: true })
export class Venue {
  @PrimaryUuidColumn('venues_id', 'venues_pkey')
  id!: string;

  @Tenant()
  @Column('uuid', { name: 'customer_profiles_id' })
  customerProfileId!: string;

  /** The venue's number in OpenKJ; unique within the customer. */
  @Column('integer', { name: 'openkj_venue_id' })
  openkjVenueId!: number;

  /** The venue's name in URLs, such as `test-karaoke-bar`. */
  @Column('text', { name: 'url_name' })
  urlName!: string;

  /** Whether singers can submit requests at the moment. */
  @Column('boolean', { name: 'accepting_requests', default: true })
  acceptingRequests!: boolean;

  @Column('text')
  name!: string;

  /** Street and number. */
  @Column('text')
  address!: string;

  @Column('text')
  city!: string;

  /** The state or province, such as `TN`. */
  @Column('text')
  state!: string;

  @Column('text', { name: 'postal_code' })
  postalCode!: string;

  @Column('text', { nullable: true })
  country!: string | null;

  /** As the customer wrote it, such as `+1-615-555-1234`. */
  @Column('text', { name: 'phone_number', nullable: true })
  phoneNumber!: string | null;

  /** A URL. */
  @Column('text', { nullable: true })
  website!: string | null;

  /** The venue's position. A venue without one is not found by searches by place. */
  @GeographyPointColumn({ nullable: true })
  location!: Point | null;

  /**
   * The number in OpenKJ of the customer's system that runs at the venue and provides its songs; null when
   * none runs there. There is no foreign key, because a catalogue may be uploaded before its system is
   * created.
   */
  @Column('integer', { name: 'active_openkj_system_id', nullable: true })
  activeOpenkjSystemId!: number | null;

  @CreatedAtColumn()
  createdAt!: Date;

  @UpdatedAtColumn()
  updatedAt!: Date;

  @ManyToOne(() => CustomerProfile, (profile) => profile.venues, {
    onDelete: 'CASCADE',
    onUpdate: 'CASCADE',
  })
  @JoinColumn({
    name: 'customer_profiles_id',
    foreignKeyConstraintName: 'venues_customer_profiles_id_fkey',
  })
  customerProfile!: Relation<CustomerProfile>;

  @OneToMany(() => Request, (request) => request.venue)
  requests!: Relation<Request>[];

  /** The favourite marks that singers gave this venue. */
  @OneToMany(() => SingerFavoriteVenue, (favorite) => favorite.venue)
  favoriteVenues!: Relation<SingerFavoriteVenue>[];

  @OneToMany(() => SingerRequestHistory, (entry) => entry.venue)
  requestHistory!: Relation<SingerRequestHistory>[];
}
