import type { EntityManager } from 'typeorm';
import { recordedName } from '../recorded-name.js';

/** A foreign key. Its tables have the names that the trail has. */
export interface ForeignKey {
  readonly child: string;
  /** The child table's name for SQL statements, quoted and, where it is needed, with its schema. */
  readonly childRelation: string;
  readonly childColumns: readonly string[];
  readonly parent: string;
  readonly parentColumns: readonly string[];
  /** Whether it is `ON DELETE CASCADE`. */
  readonly cascades: boolean;
}

/** The current foreign keys of the database. */
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

  /** The foreign keys that refer to a table. */
  referringTo(table: string): ForeignKey[] {
    return this.keys.filter(({ parent }) => parent === table);
  }

  /** The foreign keys of a table. */
  of(table: string): ForeignKey[] {
    return this.keys.filter(({ child }) => child === table);
  }

  /**
   * The tables, and all tables that they refer to, in an order in which each comes after those it refers to.
   */
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
