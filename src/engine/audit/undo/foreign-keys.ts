import type { EntityManager } from 'typeorm';
import { recordedName } from '../recorded-name.js';

/** A foreign key, by the tables' names as the trail has them. */
export interface ForeignKey {
  readonly child: string;
  /** Quoted, with its schema. */
  readonly childRelation: string;
  readonly childColumns: readonly string[];
  readonly parent: string;
  readonly parentColumns: readonly string[];
  /** The child's rows go with the parent's. */
  readonly cascades: boolean;
}

/** The foreign keys as the database has them now. */
export class ForeignKeys {
  private constructor(private readonly keys: readonly ForeignKey[]) {}

  static async read(manager: EntityManager): Promise<ForeignKeys> {
    return new ForeignKeys(
      await manager.query<ForeignKey[]>(
        `SELECT ${recordedName('k.conrelid')} AS child, k.conrelid::regclass::text AS "childRelation",
                ${recordedName('k.confrelid')} AS parent,
                (SELECT array_agg(a.attname::text ORDER BY place) FROM unnest(k.conkey) WITH ORDINALITY AS c(num, place)
                 JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = c.num) AS "childColumns",
                (SELECT array_agg(a.attname::text ORDER BY place) FROM unnest(k.confkey) WITH ORDINALITY AS c(num, place)
                 JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = c.num) AS "parentColumns",
                k.confdeltype = 'c' AS cascades
         FROM pg_constraint k
         WHERE k.contype = 'f'`,
      ),
    );
  }

  /** Those that refer to a table. */
  referringTo(table: string): ForeignKey[] {
    return this.keys.filter(({ parent }) => parent === table);
  }

  /** Those by which a table refers to others. */
  of(table: string): ForeignKey[] {
    return this.keys.filter(({ child }) => child === table);
  }

  /** Tables in an order in which each comes after those it refers to. */
  parentsFirst(tables: Iterable<string>): string[] {
    const order: string[] = [];
    const visited = new Set<string>();
    const visit = (table: string) => {
      if (visited.has(table)) return;
      visited.add(table);
      for (const { parent } of this.of(table)) visit(parent);
      order.push(table);
    };
    for (const table of tables) visit(table);
    return order;
  }
}
