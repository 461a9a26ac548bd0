import { Entity, Index, JoinColumn, ManyToOne, PrimaryColumn, type Relation } from 'typeorm';
import { AuditLabel } from '../../../engine/decorators/audit-label.decorator.js';
import { CreatedAtColumn } from '../../../engine/common/columns.js';
import { SingerProfile } from '../../identity/entities/singer-profile.entity.js';
import { Venue } from '../../venues/entities/venue.entity.js';

/** A singer's favourite venue. */
@AuditLabel({ label: 'Favourite venue', plural: 'Favourite venues', icon: '⭐' })
@Entity('singer_favorite_venues')
@Index('singer_favorite_venues_venues_id_idx', ['venueId'])
export class SingerFavoriteVenue {
  @PrimaryColumn('uuid', {
    name: 'singer_profiles_id',
    primaryKeyConstraintName: 'singer_favorite_venues_pkey',
  })
  singerProfileId!: string;

  @PrimaryColumn('uuid', {
    name: 'venues_id',
    primaryKeyConstraintName: 'singer_favorite_venues_pkey',
  })
  venueId!: string;

  @CreatedAtColumn()
  createdAt!: Date;

  @ManyToOne(() => SingerProfile, (profile) => profile.favoriteVenues, {
    onDelete: 'CASCADE',
    onUpdate: 'CASCADE',
  })
  @JoinColumn({
    name: 'singer_profiles_id',
    foreignKeyConstraintName: 'singer_favorite_venues_singer_profiles_id_fkey',
  })
  singerProfile!: Relation<SingerProfile>;

  @ManyToOne(() => Venue, (venue) => venue.favoriteVenues, {
    onDelete: 'CASCADE',
    onUpdate: 'CASCADE',
  })
  @JoinColumn({
    name: 'venues_id',
    foreignKeyConstraintName: 'singer_favorite_venues_venues_id_fkey',
  })
  venue!: Relation<Venue>;
}
