import {
  Column,
  Entity,
  Index,
  JoinColumn,
  ManyToOne,
  PrimaryGeneratedColumn,
  type Relation,
  Unique,
} from 'typeorm';
import { AuditLabel } from '../../../engine/decorators/audit-label.decorator.js';
import { CreatedAtColumn, UpdatedAtColumn } from '../../../engine/common/columns.js';
import { Tenant } from '../../../engine/decorators/tenant.decorator.js';
import { CustomerProfile } from '../../identity/entities/customer-profile.entity.js';

/**
 * A song in the catalogue of one of a customer's systems. A catalogue has 10,000 to 500,000 songs.
 *
 * The indexes with `compact` or `words` in their names are on expressions, and serve the search. The
 * migration defines them, because TypeORM can only declare that they exist.
 */
@AuditLabel({ label: 'Song', plural: 'Songs', icon: '🎵', title: 'combined' })
@Entity('songdb')
@Unique('songdb_customer_profiles_id_openkj_system_id_combined_key', [
  'customerProfileId',
  'openkjSystemId',
  'combined',
])
// The name is cut at PostgreSQL's 63 bytes.
@Unique('songdb_customer_profiles_id_openkj_system_id_normalized_combine', [
  'customerProfileId',
  'openkjSystemId',
  'normalizedCombined',
])
@Index('idx_songdb_customer_system_artist', ['customerProfileId', 'openkjSystemId', 'artist'])
@Index('idx_songdb_normalized_combined', ['normalizedCombined'])
@Index('idx_songdb_compact', { synchronize: false })
@Index('idx_songdb_compact_title', { synchronize: false })
@Index('idx_songdb_customer_system_compact', { synchronize: false })
@Index('idx_songdb_customer_system_compact_title', { synchronize: false })
@Index('idx_songdb_words', { synchronize: false })
export class SongDb {
  /** A decimal string. */
  @PrimaryGeneratedColumn('increment', {
    type: 'bigint',
    name: 'songdb_id',
    primaryKeyConstraintName: 'songdb_pkey',
  })
  id!: string;

  @Tenant()
  @Column('uuid', { name: 'customer_profiles_id' })
  customerProfileId!: string;

  /** The OpenKJ number of the system that published the song. There is no foreign key. */
  @Column('integer', { name: 'openkj_system_id' })
  openkjSystemId!: number;

  @Column('text')
  artist!: string;

  @Column('text')
  title!: string;

  /** Artist and title together, such as `Queen - Bohemian Rhapsody`. */
  @Column('text')
  combined!: string;

  /** `combined` in the form for comparison and search, such as `queen - bohemian rhapsody`. */
  @Column({ type: 'text', name: 'normalized_combined', collation: 'C' })
  normalizedCombined!: string;

  @CreatedAtColumn()
  createdAt!: Date;

  @UpdatedAtColumn()
  updatedAt!: Date;

  @ManyToOne(() => CustomerProfile, (profile) => profile.songdb, {
    onDelete: 'CASCADE',
    onUpdate: 'CASCADE',
  })
  @JoinColumn({
    name: 'customer_profiles_id',
    foreignKeyConstraintName: 'songdb_customer_profiles_id_fkey',
  })
  customerProfile!: Relation<CustomerProfile>;
}
