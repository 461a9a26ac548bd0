import {
  AfterInsert,
  AfterLoad,
  BeforeInsert,
  BeforeUpdate,
  Column,
  DeleteDateColumn,
  Entity,
  JoinColumn,
  JoinTable,
  ManyToMany,
  ManyToOne,
  OneToMany,
  PrimaryGeneratedColumn,
  Tree,
  TreeChildren,
  TreeParent,
  VersionColumn,
} from 'typeorm';

@Entity('bands')
export class Band {
  @PrimaryGeneratedColumn()
  id!: number;

  @Column('text', { unique: true })
  name!: string;

  @Column('int', { default: 0 })
  fans!: number;

  @VersionColumn()
  version!: number;

  @DeleteDateColumn({ name: 'deleted_at', type: 'timestamptz' })
  deletedAt?: Date | null;

  @OneToMany('Tune', 'band', { cascade: true })
  tunes!: Promise<Tune[]>;

  @OneToMany('Poster', 'band', { cascade: true })
  posters!: Poster[];
}

@Entity('tunes')
export class Tune {
  @PrimaryGeneratedColumn()
  id!: number;

  @Column('text')
  title!: string;

  @ManyToOne(() => Band, 'tunes', { lazy: true, onDelete: 'CASCADE' })
  @JoinColumn({ name: 'band_id' })
  band!: Promise<Band | null>;

  @ManyToMany(() => Label, { lazy: true, cascade: true })
  @JoinTable({
    name: 'tune_labels',
    joinColumn: { name: 'tune_id' },
    inverseJoinColumn: { name: 'label_id' },
  })
  labels!: Promise<Label[]>;
}

@Entity('labels')
export class Label {
  @PrimaryGeneratedColumn()
  id!: number;

  @Column('text', { unique: true })
  name!: string;
}

/** A child that cascades in every direction, and whose listeners say what happened to it. */
@Entity('posters')
export class Poster {
  @PrimaryGeneratedColumn()
  id!: number;

  @Column('text')
  text!: string;

  @Column('text', { default: '' })
  listened!: string;

  @DeleteDateColumn({ name: 'deleted_at', type: 'timestamptz' })
  deletedAt?: Date | null;

  @ManyToOne(() => Band, 'posters', { onDelete: 'CASCADE', orphanedRowAction: 'delete' })
  @JoinColumn({ name: 'band_id' })
  band!: Band;

  heard: string[] = [];

  @BeforeInsert()
  beforeInsert(): void {
    this.listened = 'before insert';
  }

  @BeforeUpdate()
  beforeUpdate(): void {
    this.listened += ', before update';
  }

  @AfterInsert()
  afterInsert(): void {
    this.heard.push('after insert');
  }

  @AfterLoad()
  afterLoad(): void {
    this.heard.push('after load');
  }
}

@Tree('materialized-path')
@Entity('styles')
export class Style {
  @PrimaryGeneratedColumn()
  id!: number;

  @Column('text')
  name!: string;

  @TreeChildren()
  children!: Style[];

  @TreeParent()
  @JoinColumn({ name: 'parent_id' })
  parent!: Style | null;
}

/** The rows that subscribers write. */
@Entity('remarks')
export class Remark {
  @PrimaryGeneratedColumn()
  id!: number;

  @Column('text')
  text!: string;
}

export const ordinaryEntities = [Band, Tune, Label, Poster, Style, Remark];

export const createTables = `
  CREATE TABLE bands (
    id serial PRIMARY KEY, name text NOT NULL CONSTRAINT bands_name_key UNIQUE,
    fans int NOT NULL DEFAULT 0, version int NOT NULL, deleted_at timestamptz
  );
  CREATE TABLE tunes (
    id serial PRIMARY KEY, title text NOT NULL, band_id int REFERENCES bands ON DELETE CASCADE
  );
  CREATE TABLE labels (id serial PRIMARY KEY, name text NOT NULL UNIQUE);
  CREATE TABLE tune_labels (
    tune_id int REFERENCES tunes ON DELETE CASCADE, label_id int REFERENCES labels ON DELETE CASCADE,
    PRIMARY KEY (tune_id, label_id)
  );
  CREATE TABLE posters (
    id serial PRIMARY KEY, text text NOT NULL, listened text NOT NULL DEFAULT '',
    deleted_at timestamptz, band_id int REFERENCES bands ON DELETE CASCADE
  );
  CREATE TABLE styles (
    id serial PRIMARY KEY, name text NOT NULL, mpath text DEFAULT '', parent_id int REFERENCES styles
  );
  CREATE TABLE remarks (id serial PRIMARY KEY, text text NOT NULL)`;

export const emptyTables = `
  SET lock_timeout = '5s';
  DELETE FROM tunes; DELETE FROM posters; DELETE FROM bands; DELETE FROM labels;
  DELETE FROM styles; DELETE FROM remarks`;
