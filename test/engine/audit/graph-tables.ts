import { auditTable } from '@singr/database/migrations';
import {
  Column,
  DeleteDateColumn,
  Entity,
  JoinColumn,
  JoinTable,
  ManyToMany,
  ManyToOne,
  OneToMany,
  OneToOne,
  PrimaryColumn,
  type QueryRunner,
} from 'typeorm';

/** Tables with each kind of relation, for suites about records with their relations. */
@Entity('graph_owners')
export class Owner {
  @PrimaryColumn('int')
  id!: number;

  @Column('text')
  name!: string;

  @DeleteDateColumn({ type: 'timestamptz', name: 'deleted_at' })
  deletedAt!: Date | null;

  @OneToMany(() => Item, ({ owner }) => owner)
  items!: Item[];

  @OneToOne(() => Badge, ({ owner }) => owner)
  badge!: Badge | null;
}

@Entity('graph_badges')
export class Badge {
  @PrimaryColumn('int')
  id!: number;

  @Column('text')
  text!: string;

  @OneToOne(() => Owner, ({ badge }) => badge)
  @JoinColumn({ name: 'owner_id' })
  owner!: Owner | null;
}

@Entity('graph_items')
export class Item {
  @PrimaryColumn('int')
  id!: number;

  @Column('text')
  title!: string;

  @ManyToOne(() => Owner, ({ items }) => items, { nullable: true })
  @JoinColumn({ name: 'owner_id' })
  owner!: Owner | null;

  @DeleteDateColumn({ type: 'timestamptz', name: 'deleted_at' })
  deletedAt!: Date | null;

  @ManyToMany(() => Tag, ({ items }) => items)
  @JoinTable({
    name: 'graph_item_tags',
    joinColumn: { name: 'item_id' },
    inverseJoinColumn: { name: 'tag_id' },
  })
  tags!: Tag[];

  @OneToMany(() => Part, ({ item }) => item)
  parts!: Part[];
}

@Entity('graph_tags')
export class Tag {
  @PrimaryColumn('uuid')
  id!: string;

  @Column('text')
  name!: string;

  @ManyToMany(() => Item, ({ tags }) => tags)
  items!: Item[];
}

/** It refers to a column that is not the primary key, and has a key of two columns. */
@Entity('graph_parts')
export class Part {
  @PrimaryColumn('int')
  number!: number;

  @PrimaryColumn('int', { name: 'item_id' })
  itemId!: number;

  @Column('numeric', { precision: 8, scale: 2 })
  price!: string;

  @ManyToOne(() => Item, ({ parts }) => parts, { nullable: false })
  @JoinColumn({ name: 'item_id' })
  item!: Item;

  @ManyToOne(() => Tag)
  @JoinColumn({ name: 'label', referencedColumnName: 'name' })
  label!: Tag | null;
}

export const graphEntities = [Owner, Badge, Item, Tag, Part];

export class GraphTables1790000000000 {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE graph_owners (id int PRIMARY KEY, name text NOT NULL, deleted_at timestamptz);
      CREATE TABLE graph_badges (
        id int PRIMARY KEY, text text NOT NULL,
        owner_id int UNIQUE REFERENCES graph_owners ON DELETE CASCADE);
      CREATE TABLE graph_items (
        id int PRIMARY KEY, title text NOT NULL, owner_id int REFERENCES graph_owners ON DELETE SET NULL,
        deleted_at timestamptz);
      CREATE TABLE graph_tags (id uuid PRIMARY KEY, name text NOT NULL UNIQUE);
      CREATE TABLE graph_item_tags (
        item_id int REFERENCES graph_items ON DELETE CASCADE,
        tag_id uuid REFERENCES graph_tags ON DELETE CASCADE, PRIMARY KEY (item_id, tag_id));
      CREATE TABLE graph_parts (
        number int, item_id int NOT NULL REFERENCES graph_items ON DELETE CASCADE,
        price numeric(8, 2) NOT NULL, label text REFERENCES graph_tags (name) ON UPDATE CASCADE ON DELETE SET NULL,
        PRIMARY KEY (number, item_id));
    `);
    for (const table of ['owners', 'badges', 'items', 'tags', 'item_tags', 'parts']) {
      await auditTable(queryRunner, `graph_${table}`);
    }
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      DROP TABLE graph_parts, graph_item_tags, graph_tags, graph_items, graph_badges, graph_owners;
    `);
  }
}
