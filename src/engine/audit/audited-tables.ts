import { Inject, Injectable } from '@nestjs/common';
import { getDataSourceToken } from '@nestjs/typeorm';
import { escapeIdentifier } from 'pg';
import type { DatabaseDataSource } from '../transaction/database.data-source.js';
import type { AuditedTable, AuditedTarget, ReadableTable, RecordKey } from './audited-table.js';
import { entityOfTable, nameOfEntity } from './entity-of-table.js';
import { TableNotAuditedError } from './errors.js';
import { loadReadableTables, loadRenames, loadTables, type LoadedTable } from './load-tables.js';
import { digest, invalidKey, isSpeltInOneWay, partsOfKey, type KeyPart } from './record-key.js';
import { compositeId, periodsOf, type Rename } from './renames.js';
import { undoRulesOf } from './undo-rules.js';

/**
 * Reads the definitions of audited tables from the database. They are not cached, because another process may
 * change them.
 */
@Injectable()
export class AuditedTables {
  constructor(@Inject(getDataSourceToken()) private readonly database: DatabaseDataSource) {}

  /** @throws TableNotAuditedError */
  async find(target: AuditedTarget): Promise<AuditedTable> {
    return this.one(target, await this.load([this.nameOf(target)]));
  }

  /**
   * Finds a table, with the SQL that reads its rows.
   *
   * @throws TableNotAuditedError
   */
  async findReadable(target: AuditedTarget): Promise<ReadableTable> {
    const loaded = await loadReadableTables(this.database, [this.nameOf(target)]);
    return this.one(target, this.described(loaded));
  }

  /**
   * Finds tables, with the SQL that reads their rows, by name.
   *
   * @throws TableNotAuditedError
   */
  async loadReadable(names: readonly string[]): Promise<Map<string, ReadableTable>> {
    const found = this.described(await loadReadableTables(this.database, [...new Set(names)]));
    for (const name of names) this.one(name, found);
    return found;
  }

  /** The audited tables among the names, by name. */
  async load(names: readonly string[]): Promise<Map<string, AuditedTable>> {
    return this.described(await loadTables(this.database, names));
  }

  /** The renames of all tables and columns, oldest first. */
  renames(): Promise<Rename[]> {
    return loadRenames(this.database);
  }

  /**
   * Locks the tables, and returns them by name. Until the current transaction ends, neither their columns nor
   * the foreign keys that refer to them can change.
   *
   * @throws TableNotAuditedError
   */
  async lock(names: Iterable<string>): Promise<Map<string, ReadableTable>> {
    const sorted = [...new Set(names)].sort();
    const found = await this.load(sorted);
    const relations = sorted.map((name) => this.one(name, found).relation);
    if (relations.length === 0) return new Map();
    // INSERT and UPDATE take this lock mode. ADD FOREIGN KEY waits for it, on the parent table as well.
    await this.database.query(`LOCK TABLE ${relations.join(', ')} IN ROW EXCLUSIVE MODE`);
    return this.described(await loadReadableTables(this.database, sorted));
  }

  /**
   * Formats a key as in `audit_logs.record_id`.
   *
   * @throws InvalidRecordKeyError when the key does not fit the table
   */
  async recordId(table: AuditedTable, key: RecordKey): Promise<string> {
    const given = partsOfKey(table, key, entityOfTable(this.database, table.name));
    const parts = (isSpeltInOneWay(table) ? given : await this.asSpelt(table, given)).map(
      ([column, value]) =>
        [column, table.redactedColumns.includes(column) ? digest(value) : value] as const,
    );
    return parts.length === 1 ? parts[0]![1] : compositeId(parts);
  }

  /**
   * Formats the parts of a key. Equal values of some types can be written in several ways, so this takes the
   * text of the existing row, else the one that PostgreSQL writes.
   */
  private async asSpelt(table: AuditedTable, parts: readonly KeyPart[]): Promise<KeyPart[]> {
    const values = parts.map((_, index) => `$${index + 1}::text::${table.keyTypes[index]}`);
    const isIt = parts.map(([column], index) => `t.${escapeIdentifier(column)} = ${values[index]}`);
    const found = parts.map(
      ([column], index) =>
        `audit.pinned_text(coalesce((SELECT t.${escapeIdentifier(column)} FROM ${table.relation} t WHERE ${isIt.join(' AND ')}), ${values[index]}))`,
    );
    const texts = parts.map(([, value]) => value);
    try {
      const [row] = await this.database.read<{ spelt: string[] }>(
        `SELECT ARRAY[${found.join(', ')}] AS spelt`,
        texts,
      );
      return parts.map(([column], index) => [column, row!.spelt[index]!]);
    } catch (error) {
      if (/^22/.test((error as { code?: string }).code ?? '')) throw invalidKey(table);
      throw error;
    }
  }

  private one<Table>(target: AuditedTarget, found: ReadonlyMap<string, Table>): Table {
    const name = this.nameOf(target);
    const table = found.get(name);
    if (table === undefined) throw new TableNotAuditedError(name);
    return table;
  }

  /** Adds the undo rules of the entities, and the former names of the tables. */
  private described<Loaded extends LoadedTable>(
    loaded: readonly Loaded[],
  ): Map<string, Loaded & AuditedTable> {
    return new Map(
      loaded.map((table) => {
        const rules = undoRulesOf(
          entityOfTable(this.database, table.name),
          table.incidentalColumns,
        );
        return [table.name, { ...table, ...rules, periods: periodsOf(table.name, table.renames) }];
      }),
    );
  }

  /**
   * The name of the target's table in the trail. A text is returned as it is; a class that is no entity has
   * its own name.
   */
  nameOf(target: AuditedTarget): string {
    if (typeof target === 'string') return target;
    if (this.database.hasMetadata(target)) return nameOfEntity(this.database.getMetadata(target));
    return typeof target === 'function' ? target.name : String(target);
  }
}
