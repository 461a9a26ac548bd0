import { Audited, Person, Personal, PersonalRecord, User } from '@singr/database';
import { Column, Entity, JoinColumn, ManyToOne, PrimaryColumn, type Relation } from 'typeorm';
import { emailKeyOf } from '../../../src/engine/common/email-key.js';

/** Somebody whom the application knows, and the package does not. */
@Audited()
@Person()
@Entity('members')
export class Member {
  @PrimaryColumn('uuid', { name: 'member_id' })
  id!: string;

  @Personal()
  @Column('text')
  nickname!: string;

  @ManyToOne(() => Member)
  @JoinColumn({ name: 'invited_by' })
  invitedBy!: Relation<Member> | null;
}

@Audited()
@Entity('journals')
export class Journal {
  @PrimaryColumn('integer')
  id!: number;

  @Personal()
  @Column('text')
  text!: string;

  @Column('integer')
  pages!: number;

  @ManyToOne(() => User)
  @JoinColumn({ name: 'author_id' })
  author!: Relation<User>;
}

/** Of two persons: it is about both. */
@Audited()
@Entity('messages')
export class Message {
  @PrimaryColumn('integer')
  id!: number;

  @Personal()
  @Column('jsonb')
  content!: object;

  @ManyToOne(() => User)
  @JoinColumn({ name: 'sender_id' })
  sender!: Relation<User>;

  @ManyToOne(() => Member)
  @JoinColumn({ name: 'recipient_id' })
  recipient!: Relation<Member>;
}

/** Refers to nobody, but to what is somebody's: an entry of a journal, or the entry that it goes on from. */
@Audited()
@PersonalRecord({ of: ['journal', 'previous'] })
@Entity('journal_entries', { schema: 'diary' })
export class JournalEntry {
  @PrimaryColumn('bigint')
  id!: string;

  @Personal()
  @Column('text')
  text!: string;

  @ManyToOne(() => Journal)
  @JoinColumn({ name: 'journal_id' })
  journal!: Relation<Journal> | null;

  @ManyToOne(() => JournalEntry)
  @JoinColumn({ name: 'previous_id' })
  previous!: Relation<JournalEntry> | null;
}

/** Keeps ids and addresses without a foreign key. */
@Audited()
@PersonalRecord({
  of: ['userId'],
  namedBy: { address: `ARRAY[${emailKeyOf(`image->>'address'`)}]` },
})
@Entity('mails')
export class Mail {
  @PrimaryColumn('integer')
  id!: number;

  @Column('uuid', { name: 'user_id', nullable: true })
  userId!: string | null;

  @Personal()
  @Column('text', { nullable: true })
  address!: string | null;
}

/** Has no trail, and nothing to erase. */
@Entity('drafts')
export class JournalDraft {
  @PrimaryColumn('integer')
  id!: number;

  @Personal()
  @Column('text')
  text!: string;

  @ManyToOne(() => User)
  @JoinColumn({ name: 'author_id' })
  author!: Relation<User>;
}

export const createTables = `
  CREATE SCHEMA diary;
  CREATE TABLE members (member_id uuid PRIMARY KEY, nickname text NOT NULL, invited_by uuid REFERENCES members);
  CREATE TABLE journals (
    id integer PRIMARY KEY, text text NOT NULL, pages integer NOT NULL DEFAULT 1,
    author_id uuid REFERENCES users ON DELETE CASCADE);
  CREATE TABLE messages (
    id integer PRIMARY KEY, content jsonb NOT NULL,
    sender_id uuid REFERENCES users ON DELETE SET NULL, recipient_id uuid REFERENCES members);
  CREATE TABLE diary.journal_entries (
    id bigint PRIMARY KEY, text text NOT NULL,
    journal_id integer REFERENCES journals ON DELETE CASCADE,
    previous_id bigint REFERENCES diary.journal_entries ON DELETE SET NULL);
  CREATE TABLE mails (id integer PRIMARY KEY, user_id uuid, address text);
  CREATE TABLE drafts (id integer PRIMARY KEY, text text, author_id uuid REFERENCES users);
  SELECT audit.attach(name::regclass) FROM unnest(
    ARRAY['members', 'journals', 'messages', 'diary.journal_entries', 'mails']) AS name`;
