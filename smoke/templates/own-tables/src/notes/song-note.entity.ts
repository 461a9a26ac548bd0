import { Audited, Sensitive } from '@singr/database/decorators';
import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';

/** What a singer thinks of a song: a table of the application's own, audited like the package's. */
@Audited()
@Entity('song_notes')
export class SongNote {
  @PrimaryGeneratedColumn('uuid')
  id!: string;

  @Column('text')
  text!: string;

  @Sensitive()
  @Column('text', { name: 'share_token', nullable: true })
  shareToken!: string | null;
}
