import { Inject, Injectable } from '@nestjs/common';
import { getDataSourceToken } from '@nestjs/typeorm';
import type { DatabaseDataSource } from '../../connection/database.data-source.js';
import { recordedName } from '../row-sql.js';

/** A foreign key, by the tables' names as the trail has them. */
export interface ForeignKey {
  readonly child: string;
  /** Quoted, with its schema. */
  readonly childRelation: string;
  readonly childColumns: readonly string[];
  readonly parent: string;
  readonly parentColumns: readonly string[];
}

/** The foreign keys between the audited tables. */
@Injectable()
export class ForeignKeys {
  private loaded: Promise<ForeignKey[]> | undefined;

  constructor(@Inject(getDataSourceToken()) private readonly database: DatabaseDataSource) {}

  /** Those that refer to a table. */
  async referringTo(table: string): Promise<ForeignKey[]> {
    return (await this.all()).filter(({ parent }) => parent === table);
  }

  /** Tables in an order in which each comes after those it refers to. */
  async parentsFirst(tables: Iterable<string>): Promise<string[]> {
    const keys = await this.all();
    const order: string[] = [];
    const visited = new Set<string>();
    const visit = (table: string) => {
      if (visited.has(table)) return;
      visited.add(table);
      for (const { child, parent } of keys) if (child === table) visit(parent);
      order.push(table);
    };
    for (const table of tables) visit(table);
    return order;
  }

  private all(): Promise<ForeignKey[]> {
    if (this.loaded === undefined) {
      this.loaded = this.load();
      // A failure is not kept: the next caller may fare better.
      this.loaded.catch(() => (this.loaded = undefined));
    }
    return this.loaded;
  }

  private load(): Promise<ForeignKey[]> {
    return this.database.read<ForeignKey>(
      `SELECT ${recordedName('k.conrelid')} AS child, k.conrelid::regclass::text AS "childRelation",
              ${recordedName('k.confrelid')} AS parent,
              (SELECT array_agg(a.attname::text ORDER BY place) FROM unnest(k.conkey) WITH ORDINALITY AS c(num, place)
               JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = c.num) AS "childColumns",
              (SELECT array_agg(a.attname::text ORDER BY place) FROM unnest(k.confkey) WITH ORDINALITY AS c(num, place)
               JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = c.num) AS "parentColumns"
       FROM pg_constraint k
       WHERE k.contype = 'f'`,
    );
  }
}
