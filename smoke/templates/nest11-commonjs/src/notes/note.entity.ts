import { Audited, Sensitive } from '@singr/database/decorators';
import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';

/** A table of the application's own. Its unit test loads no module of the package's but the decorators. */
@Audited()
@Entity('notes')
export class Note {
  @PrimaryGeneratedColumn('uuid')
  id!: string;

  @Column('text')
  text!: string;

  @Sensitive()
  @Column('text', { name: 'share_token', nullable: true })
  shareToken!: string | null;

  get title(): string {
    return this.text.split('\n', 1)[0]!;
  }
}
