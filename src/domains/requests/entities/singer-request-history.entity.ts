import { Column, Entity, Index, JoinColumn, ManyToOne, type Relation } from 'typeorm';
import { AuditLabel } from '../../../engine/decorators/audit-label.decorator.js';
import {
  CreatedAtColumn,
  PrimaryUuidColumn,
  UpdatedAtColumn,
} from '../../../engine/common/columns.js';
import { Tenant } from '../../../engine/decorators/tenant.decorator.js';
import { SingerProfile } from '../../identity/entities/singer-profile.entity.js';
import { Venue } from '../../venues/entities/venue.entity.js';

/**
 * An entry in a singer's history: a requested song, with venue and time. It is kept when the request is
 * deleted.
 *
 * The index on the profile sorts the newest first (`requested_at DESC`), and the one on the venue includes the
 * fingerprint. The migration declares this, because TypeORM cannot.
 */
@AuditLabel({
  label: 'Past song request',
  plural: 'Past song requests',
  icon: '🎶',
  title: 'title',
})
@Entity('singer_request_history')
@Index('idx_singer_request_history_profile', ['singerProfileId', 'requestedAt'])
@Index('singer_request_history_venues_id_requested_at_idx', { synchronize: false })
@Index('singer_request_history_requested_at_idx', ['requestedAt'])
@Index('singer_request_history_song_fingerprint_requested_at_idx', [
  'songFingerprint',
  'requestedAt',
])
@Index('idx_singer_request_history_song', ['songFingerprint', 'venueId'])
export class SingerRequestHistory {
  @PrimaryUuidColumn('singer_request_history_id', 'singer_request_history_pkey')
  id!: string;

  @Column('uuid', { name: 'singer_profiles_id' })
  singerProfileId!: string;

  @Column('uuid', { name: 'venues_id' })
  venueId!: string;

  @Column('text')
  artist!: string;

  @Column('text')
  title!: string;

  /** Semitones up or, if negative, down. */
  @Column('integer', { name: 'key_change', default: 0 })
  keyChange!: number;

  @Column({ type: 'timestamptz', name: 'requested_at', precision: 6, default: () => 'now()' })
  requestedAt!: Date;

  /** Identifies the song: all spellings of a song have the same fingerprint. */
  @Column('text', { name: 'song_fingerprint' })
  songFingerprint!: string;

  @CreatedAtColumn()
  createdAt!: Date;

  @UpdatedAtColumn()
  updatedAt!: Date;

  @ManyToOne(() => SingerProfile, (profile) => profile.requestHistory, {
    onDelete: 'CASCADE',
    onUpdate: 'CASCADE',
  })
  @JoinColumn({
    name: 'singer_profiles_id',
    foreignKeyConstraintName: 'singer_request_history_singer_profiles_id_fkey',
  })
  singerProfile!: Relation<SingerProfile>;

  @Tenant()
  @ManyToOne(() => Venue, (venue) => venue.requestHistory, {
    onDelete: 'CASCADE',
    onUpdate: 'CASCADE',
  })
  @JoinColumn({
    name: 'venues_id',
    foreignKeyConstraintName: 'singer_request_history_venues_id_fkey',
  })
  venue!: Relation<Venue>;
}
