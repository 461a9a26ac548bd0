import {
  Column,
  Entity,
  Index,
  JoinColumn,
  ManyToOne,
  PrimaryGeneratedColumn,
  type Relation,
} from 'typeorm';
import { AuditLabel } from '../../../engine/decorators/audit-label.decorator.js';
import { AfterUndo } from '../../../engine/decorators/after-undo.decorator.js';
import { CreatedAtColumn, UpdatedAtColumn } from '../../../engine/common/columns.js';
import { Personal, PersonalRecord } from '../../../engine/decorators/personal.decorator.js';
import { Tenant } from '../../../engine/decorators/tenant.decorator.js';
import { SingerProfile } from '../../identity/entities/singer-profile.entity.js';
import { User } from '../../identity/entities/user.entity.js';
import { Venue } from '../../venues/entities/venue.entity.js';
import { moveSerialsOfUndone } from '../../common/serial.js';

/** A singer's request for a song at a venue. It is open until OpenKJ marks it as processed. */
@AfterUndo(moveSerialsOfUndone)
@PersonalRecord({ of: ['submittedBy', 'singerProfile'] })
@AuditLabel({ label: 'Song request', plural: 'Song requests', icon: '🎶', title: 'title' })
@Entity('requests')
@Index('idx_requests_venue_processed', ['venueId', 'processed'])
@Index('requests_venues_id_requested_at_idx', ['venueId', 'requestedAt'])
@Index('requests_venues_id_submission_key_key', ['venueId', 'submissionKey'], {
  unique: true,
  where: 'submission_key IS NOT NULL',
})
@Index('requests_singer_profiles_id_idx', ['singerProfileId'])
@Index('requests_submitted_by_users_id_idx', ['submittedByUserId'])
export class Request {
  /** A decimal string. */
  @PrimaryGeneratedColumn('increment', {
    type: 'bigint',
    name: 'requests_id',
    primaryKeyConstraintName: 'requests_pkey',
  })
  id!: string;

  @Column('uuid', { name: 'venues_id' })
  venueId!: string;

  @Column('uuid', { name: 'singer_profiles_id', nullable: true })
  singerProfileId!: string | null;

  @Column('uuid', { name: 'submitted_by_users_id', nullable: true })
  submittedByUserId!: string | null;

  /** The singer's name, if it is not the profile's nickname: a guest's name, or a name for this song. */
  @Personal()
  @Column('text', { name: 'singer_name', nullable: true })
  singerName!: string | null;

  @Column('text')
  artist!: string;

  @Column('text')
  title!: string;

  /** Semitones up or, if negative, down. */
  @Column('integer', { name: 'key_change', default: 0 })
  keyChange!: number;

  /** The singer's message to the host. */
  @Personal()
  @Column('text', { nullable: true })
  notes!: string | null;

  /**
   * Identifies the song: all spellings of a song have the same fingerprint. Null in a request that was not
   * written by `RequestService`.
   */
  @Column('text', { name: 'song_fingerprint', nullable: true })
  songFingerprint!: string | null;

  /**
   * Identifies the submission, so that a retry finds its request: a hash of the singer and of the idempotency key.
   * Null for a request that was submitted without a key.
   */
  @Column('uuid', { name: 'submission_key', nullable: true })
  submissionKey!: string | null;

  @Column('boolean', { default: false })
  processed!: boolean;

  @Column({ type: 'timestamptz', name: 'requested_at', precision: 6, default: () => 'now()' })
  requestedAt!: Date;

  @Column({ type: 'timestamptz', name: 'processed_at', precision: 6, nullable: true })
  processedAt!: Date | null;

  @CreatedAtColumn()
  createdAt!: Date;

  @UpdatedAtColumn()
  updatedAt!: Date;

  @Tenant()
  @ManyToOne(() => Venue, (venue) => venue.requests, { onDelete: 'CASCADE', onUpdate: 'CASCADE' })
  @JoinColumn({ name: 'venues_id', foreignKeyConstraintName: 'requests_venues_id_fkey' })
  venue!: Relation<Venue>;

  @ManyToOne(() => SingerProfile, (profile) => profile.requests, {
    onDelete: 'SET NULL',
    onUpdate: 'CASCADE',
  })
  @JoinColumn({
    name: 'singer_profiles_id',
    foreignKeyConstraintName: 'requests_singer_profiles_id_fkey',
  })
  singerProfile!: Relation<SingerProfile> | null;

  @ManyToOne(() => User, (user) => user.requests, { onDelete: 'SET NULL', onUpdate: 'CASCADE' })
  @JoinColumn({
    name: 'submitted_by_users_id',
    foreignKeyConstraintName: 'requests_submitted_by_users_id_fkey',
  })
  submittedBy!: Relation<User> | null;
}
