import type { EntityManager } from 'typeorm';
import type { ReadableTable } from '../audited-table.js';
import type { AuditedTables } from '../audited-tables.js';
import { recordIdOf } from '../find-row.js';
import { erasureMarker } from '../image-markers.js';
import { trailOf } from '../renames.js';
import { leadsTo, ownersFirst } from './owners-first.js';
import { personKind, recordsOf, type Owner, type PersonalTable } from './personal-tables.js';
import { recordedNamesOf } from './recorded-names.js';

export interface Erased {
  /** The number of changed entries, by table. */
  readonly entries: Record<string, number>;
  /** Table names in the trail of which all entries were searched. */
  readonly lookedAt: readonly string[];
}

/** Finds a person's records, from table to table, and erases the personal data in their entries. */
export class PersonErasure {
  /** The known names of the person, by kind of name. */
  private readonly known = new Map<string, ReadonlySet<string>>();

  constructor(
    private readonly manager: EntityManager,
    private readonly tables: AuditedTables,
    private readonly personId: string,
  ) {
    this.known.set(personKind, new Set([personId]));
  }

  /** Erases what entries say about the person besides the images, and adds their numbers to `entries`. */
  private async eraseContexts(entries: Record<string, number>): Promise<void> {
    const rows = await this.manager.query<{ table: string; count: string }[]>(
      'SELECT erased_table AS table, entries AS count FROM audit.erase_context($1)',
      [this.personId],
    );
    for (const { table, count } of rows) entries[table] = (entries[table] ?? 0) + Number(count);
  }

  /** @throws TableNotAuditedError when records are found through those of a table that has no trail */
  async run(declared: readonly PersonalTable[]): Promise<Erased> {
    const { tables, isCircular } = ownersFirst(await this.recorded(declared));
    const readable = new Map<PersonalTable, ReadableTable>();
    for (const one of tables) readable.set(one, await this.tables.findReadable(one.table));
    const records = new Map<PersonalTable, string[]>();
    let isNew: boolean;
    do {
      isNew = false;
      for (const [one, table] of readable) {
        records.set(one, await this.recordsOf(table, one.owners));
        if (this.learn(recordsOf(one.table), records.get(one)!)) isNew = true;
        for (const [kind, sql] of Object.entries(one.names)) {
          if (this.learn(kind, await this.namesOf(table, records.get(one)!, sql))) isNew = true;
        }
      }
    } while (isCircular && isNew);
    const erased = await this.eraseAll(readable, records);
    await this.eraseContexts(erased.entries);
    return erased;
  }

  /** The tables that have a trail, and the tables through which their records are found. */
  private async recorded(declared: readonly PersonalTable[]): Promise<PersonalTable[]> {
    const audited = await this.tables.load(declared.map(({ table }) => table));
    const recorded: PersonalTable[] = [];
    for (const one of declared) {
      const isNeeded = declared.some((other) => audited.has(other.table) && leadsTo(one, other));
      if (audited.has(one.table) || isNeeded || (await this.hasEntries(one.table))) {
        recorded.push(one);
      }
    }
    return recorded;
  }

  private async hasEntries(table: string): Promise<boolean> {
    const [{ exists }] = await this.manager.query<[{ exists: boolean }]>(
      'SELECT EXISTS (SELECT FROM audit_logs WHERE table_name = $1) AS exists',
      [table],
    );
    return exists;
  }

  /** Adds names of a kind. Returns whether any of them is new. */
  private learn(kind: string, names: readonly string[]): boolean {
    const known = this.known.get(kind) ?? new Set();
    const all = new Set([...known, ...names]);
    this.known.set(kind, all);
    return all.size > known.size;
  }

  /** The records that belong to the person, or did at any time. */
  private async recordsOf(table: ReadableTable, owners: readonly Owner[]): Promise<string[]> {
    const conditions = owners.map(({ namesIn }, index) => `${namesIn} && $${index + 2}::text[]`);
    const rows = await this.manager.query<{ id: string }[]>(
      `SELECT DISTINCT record_id AS id FROM ${imagesOf(table)} WHERE ${conditions.join(' OR ')}`,
      [table.name, ...owners.map(({ kind }) => [...(this.known.get(kind) ?? [])])],
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

  private async eraseAll(
    tables: ReadonlyMap<PersonalTable, ReadableTable>,
    records: ReadonlyMap<PersonalTable, string[]>,
  ): Promise<Erased> {
    const named = [...tables].map(([one, table]) => ({
      ...one,
      names: recordedNamesOf(table, one.columns),
      records: records.get(one)!,
    }));
    const today = await this.tables.load(named.flatMap(({ names }) => names.map((n) => n.table)));
    const entries: Record<string, number> = {};
    const [lookedAt, ambiguous] = [new Set<string>(), new Set<string>()];
    for (const { table, names, records: ofTable } of named) {
      for (const { table: name, columns } of names) {
        // Another table has this former name now. Its entries cannot be told apart from those of this table.
        if (name !== table && today.has(name)) {
          ambiguous.add(name);
          continue;
        }
        lookedAt.add(name);
        const count = columns.length === 0 ? 0 : await this.erase(name, ofTable, columns);
        if (count > 0) entries[table] = (entries[table] ?? 0) + count;
      }
    }
    return { entries, lookedAt: [...lookedAt].filter((name) => !ambiguous.has(name)) };
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

/**
 * SQL of the images of a table ($1) in the trail, and of its current rows. The rows are needed because the
 * entries that lead to other records may have been pruned.
 */
function imagesOf(table: ReadableTable): string {
  return `(
    SELECT record_id, image FROM ${trailOf(table)} CROSS JOIN unnest(ARRAY[old_data, new_data]) AS image
    WHERE table_name = $1 AND record_id IS NOT NULL
    UNION ALL
    SELECT ${recordIdOf(table)}, to_jsonb(t.*) FROM ${table.relation} t
  ) AS images`;
}
