import { Audited, Sensitive } from '@singr/database';
import { auditTable, unauditTable } from '@singr/database/migrations';
import { Column, Entity, PrimaryGeneratedColumn, type QueryRunner } from 'typeorm';

/** A table of an application's own, as the documentation makes one. */
@Audited({ harmless: ['tokenCount'] })
@Entity('song_notes')
export class SongNote {
  @PrimaryGeneratedColumn('uuid', { primaryKeyConstraintName: 'song_notes_pkey' })
  id!: string;

  @Column('text')
  text!: string;

  @Column('integer', { name: 'token_count', default: 0 })
  tokenCount!: number;

  @Sensitive()
  @Column('text', { name: 'share_token', nullable: true })
  shareToken!: string | null;
}

/** One that is nobody's business. */
@Entity('drafts')
export class Draft {
  @PrimaryGeneratedColumn('uuid', { primaryKeyConstraintName: 'drafts_pkey' })
  id!: string;
}

export class SongNotes1790000000000 {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE song_notes (
        id          uuid    NOT NULL DEFAULT gen_random_uuid(),
        text        text    NOT NULL,
        token_count integer NOT NULL DEFAULT 0,
        share_token text,
        CONSTRAINT song_notes_pkey PRIMARY KEY (id)
      );
      CREATE TABLE drafts (
        id uuid NOT NULL DEFAULT gen_random_uuid(),
        CONSTRAINT drafts_pkey PRIMARY KEY (id)
      );
    `);
    await auditTable(queryRunner, 'song_notes', { redact: ['share_token'] });
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await unauditTable(queryRunner, 'song_notes');
    await queryRunner.query('DROP TABLE song_notes, drafts');
  }
}
