import { Column, Entity, JoinColumn, ManyToOne, type Relation, Unique } from 'typeorm';
import { AuditLabel } from '../../../engine/decorators/audit-label.decorator.js';
import {
  CreatedAtColumn,
  PrimaryUuidColumn,
  UpdatedAtColumn,
} from '../../../engine/common/columns.js';
import type { JsonObject } from '../../../engine/common/json.js';
import { Personal, PersonalRecord } from '../../../engine/decorators/personal.decorator.js';
import { SingerProfile } from '../../identity/entities/singer-profile.entity.js';

/**
 * A singer's favourite song, in a key.
 *
 * The unique constraint is `NULLS NOT DISTINCT`, so a song without an artist or a title is unique as well.
 * The migration declares this, because TypeORM cannot.
 */
@PersonalRecord({ of: ['singerProfile'] })
@AuditLabel({ label: 'Favourite song', plural: 'Favourite songs', icon: '⭐', title: 'title' })
@Entity('singer_favorite_songs')
// PostgreSQL truncates the constraint's name to 63 bytes.
@Unique('singer_favorite_songs_singer_profiles_id_artist_title_key_c_key', [
  'singerProfileId',
  'artist',
  'title',
  'keyChange',
])
export class SingerFavoriteSong {
  @PrimaryUuidColumn('singer_favorite_songs_id', 'singer_favorite_songs_pkey')
  id!: string;

  @Column('uuid', { name: 'singer_profiles_id' })
  singerProfileId!: string;

  @Column('text', { nullable: true })
  artist!: string | null;

  @Column('text', { nullable: true })
  title!: string | null;

  /** Semitones up or, if negative, down. */
  @Column('integer', { name: 'key_change', default: 0 })
  keyChange!: number;

  /** Additional data of the application about the song, in the application's own format. */
  @Personal()
  @Column('jsonb', { nullable: true, default: {} })
  metadata!: JsonObject | null;

  @CreatedAtColumn()
  createdAt!: Date;

  @UpdatedAtColumn()
  updatedAt!: Date;

  @ManyToOne(() => SingerProfile, (profile) => profile.favoriteSongs, {
    onDelete: 'CASCADE',
    onUpdate: 'CASCADE',
  })
  @JoinColumn({
    name: 'singer_profiles_id',
    foreignKeyConstraintName: 'singer_favorite_songs_singer_profiles_id_fkey',
  })
  singerProfile!: Relation<SingerProfile>;
}
