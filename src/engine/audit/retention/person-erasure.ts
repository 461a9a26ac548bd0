import type { EntityManager } from 'typeorm';
import type { ReadableTable } from '../audited-table.js';
import type { AuditedTables } from '../audited-tables.js';
import { erasureMarker } from '../image-markers.js';
import { recordIdOf } from '../find-row.js';
import { personalData, type Owner } from './personal-data.js';

/** Finds a person's records from one table to the next, and erases what they say of the person. */
export class PersonErasure {
  /** What the person is known to go by: by the kind of name. */
  private readonly known = new Map<string, string[]>();

  constructor(
    private readonly manager: EntityManager,
    private readonly tables: AuditedTables,
    userId: string,
  ) {
    this.known.set('users', [userId]);
  }

  /** How many entries changed, by table. */
  async run(): Promise<Record<string, number>> {
    const erased: Record<string, number> = {};
    for (const { table: name, owners, columns, names = {} } of personalData) {
      const table = await this.tables.findReadable(name);
      const records = await this.recordsOf(table, owners);
      this.learn(name, records);
      // An address must be known before it is erased.
      for (const [kind, sql] of Object.entries(names)) {
        this.learn(kind, await this.namesOf(table, records, sql));
      }
      const count = await this.erase(name, records, columns);
      if (count > 0) erased[name] = count;
    }
    return erased;
  }

  private learn(kind: string, names: readonly string[]): void {
    this.known.set(kind, [...new Set([...(this.known.get(kind) ?? []), ...names])]);
  }

  /** The records that are, or ever were, the person's. */
  private async recordsOf(table: ReadableTable, owners: readonly Owner[]): Promise<string[]> {
    const conditions = owners.map(({ namesIn }, index) => `${namesIn} && $${index + 2}::text[]`);
    const rows = await this.manager.query<{ id: string }[]>(
      `SELECT DISTINCT record_id AS id FROM ${imagesOf(table)} WHERE ${conditions.join(' OR ')}`,
      [table.name, ...owners.map(({ kind }) => this.known.get(kind) ?? [])],
    );
    return rows.map(({ id }) => id);
  }

  private async namesOf(
    table: ReadableTable,
    records: readonly string[],
    sql: string,
  ): Promise<string[]> {
    const rows = await this.manager.query<{ name: string }[]>(
      `SELECT DISTINCT ${sql} AS name FROM ${imagesOf(table)} WHERE record_id = ANY ($2)`,
      [table.name, records],
    );
    return rows.map(({ name }) => name).filter((name) => name && name !== erasureMarker);
  }

  private async erase(
    table: string,
    records: readonly string[],
    columns: readonly string[],
  ): Promise<number> {
    const [{ count }] = await this.manager.query<[{ count: number }]>(
      'SELECT audit.erase($1, $2, $3) AS count',
      [table, records, columns],
    );
    return count;
  }
}

/** The images of a table ($1), and its rows as they are: the entries that lead to others may be pruned. */
function imagesOf(table: ReadableTable): string {
  return `(
    SELECT record_id, image FROM audit_logs CROSS JOIN unnest(ARRAY[old_data, new_data]) AS image
    WHERE table_name = $1 AND record_id IS NOT NULL
    UNION ALL
    SELECT ${recordIdOf(table)}, to_jsonb(t.*) FROM ${table.relation} t
  ) AS images`;
}
