import { Column, Entity, JoinColumn, OneToMany, OneToOne, type Relation, Unique } from 'typeorm';
import { AuditLabel } from '../../../engine/decorators/audit-label.decorator.js';
import {
  CreatedAtColumn,
  PrimaryUuidColumn,
  UpdatedAtColumn,
} from '../../../engine/common/columns.js';
import type { JsonValue } from '../../../engine/common/json.js';
import { Personal } from '../../../engine/decorators/personal.decorator.js';
import { Request } from '../../requests/entities/request.entity.js';
import { SingerFavoriteSong } from '../../requests/entities/singer-favorite-song.entity.js';
import { SingerFavoriteVenue } from '../../requests/entities/singer-favorite-venue.entity.js';
import { SingerRequestHistory } from '../../requests/entities/singer-request-history.entity.js';
import { User } from './user.entity.js';

/** A singer's preferences. Clients may store more keys than the ones declared here. */
export interface SingerPreferences {
  /** BCP 47, such as `en`. */
  language?: string;
  notificationsEnabled?: boolean;
  [preference: string]: JsonValue;
}

/** A user's profile as a singer. */
@AuditLabel({ label: 'Singer', plural: 'Singers', icon: '🎙️', title: 'nickname' })
@Entity('singer_profiles')
@Unique('singer_profiles_users_id_key', ['userId'])
export class SingerProfile {
  @PrimaryUuidColumn('singer_profiles_id', 'singer_profiles_pkey')
  id!: string;

  @Column('uuid', { name: 'users_id' })
  userId!: string;

  /** The name that the host calls the singer by. */
  @Personal()
  @Column('text', { nullable: true })
  nickname!: string | null;

  @Personal()
  @Column('text', { name: 'avatar_url', nullable: true })
  avatarUrl!: string | null;

  @Personal()
  @Column('jsonb', { nullable: true, default: {} })
  preferences!: SingerPreferences | null;

  @CreatedAtColumn()
  createdAt!: Date;

  @UpdatedAtColumn()
  updatedAt!: Date;

  @OneToOne(() => User, (user) => user.singerProfile, { onDelete: 'CASCADE', onUpdate: 'CASCADE' })
  @JoinColumn({ name: 'users_id', foreignKeyConstraintName: 'singer_profiles_users_id_fkey' })
  user!: Relation<User>;

  @OneToMany(() => SingerFavoriteSong, (favorite) => favorite.singerProfile)
  favoriteSongs!: Relation<SingerFavoriteSong>[];

  @OneToMany(() => SingerFavoriteVenue, (favorite) => favorite.singerProfile)
  favoriteVenues!: Relation<SingerFavoriteVenue>[];

  @OneToMany(() => SingerRequestHistory, (entry) => entry.singerProfile)
  requestHistory!: Relation<SingerRequestHistory>[];

  @OneToMany(() => Request, (request) => request.singerProfile)
  requests!: Relation<Request>[];
}
