import { Inject, Injectable } from '@nestjs/common';
import { getDataSourceToken } from '@nestjs/typeorm';
import { escapeIdentifier } from 'pg';
import type { DatabaseDataSource } from '../connection/database.data-source.js';
import type { AuditedTable, AuditedTarget, ReadableTable, RecordKey } from './audited-table.js';
import { entityOfTable, nameOfEntity } from './entity-of-table.js';
import { TableNotAuditedError } from './errors.js';
import { loadReadableTables, loadRenames, loadTables, type LoadedTable } from './load-tables.js';
import { digest, invalidKey, isSpeltInOneWay, partsOfKey, type KeyPart } from './record-key.js';
import { compositeId, periodsOf, type Rename } from './renames.js';
import { undoRulesOf } from './undo-rules.js';

/**
 * Looks audited tables up in the database: each time anew, as another process may have changed them since.
 */
@Injectable()
export class AuditedTables {
  constructor(@Inject(getDataSourceToken()) private readonly database: DatabaseDataSource) {}

  /** @throws TableNotAuditedError */
  async find(target: AuditedTarget): Promise<AuditedTable> {
    return this.one(target, await this.load([this.nameOf(target)]));
  }

  /** The same, with how its rows are read. */
  async findReadable(target: AuditedTarget): Promise<ReadableTable> {
    const loaded = await loadReadableTables(this.database, [this.nameOf(target)]);
    return this.one(target, this.described(loaded));
  }

  /** Those of the names that are audited tables, by name. */
  async load(names: readonly string[]): Promise<Map<string, AuditedTable>> {
    return this.described(await loadTables(this.database, names));
  }

  /** What was renamed of any table, oldest first. */
  renames(): Promise<Rename[]> {
    return loadRenames(this.database);
  }

  /**
   * The tables of these names. Neither their columns nor the foreign keys that refer to them change before
   * the transaction around ends.
   *
   * @throws TableNotAuditedError
   */
  async lock(names: Iterable<string>): Promise<Map<string, ReadableTable>> {
    const sorted = [...new Set(names)].sort();
    const found = await this.load(sorted);
    const relations = sorted.map((name) => this.one(name, found).relation);
    if (relations.length === 0) return new Map();
    // The mode in which rows are written: ADD FOREIGN KEY waits for it, for the parent's sake too.
    await this.database.query(`LOCK TABLE ${relations.join(', ')} IN ROW EXCLUSIVE MODE`);
    return this.described(await loadReadableTables(this.database, sorted));
  }

  /**
   * A key as `audit_logs.record_id` has it.
   *
   * @throws InvalidRecordKeyError when the key is not this table's
   */
  async recordId(table: AuditedTable, key: RecordKey): Promise<string> {
    const given = partsOfKey(table, key, entityOfTable(this.database, table.name));
    const parts = (isSpeltInOneWay(table) ? given : await this.asSpelt(table, given)).map(
      ([column, value]) =>
        [column, table.redactedColumns.includes(column) ? digest(value) : value] as const,
    );
    return parts.length === 1 ? parts[0]![1] : compositeId(parts);
  }

  /** Equal values of some types may be spelt in several ways: as the row has it, or else as PostgreSQL does. */
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

  /** Adds what the entities say, and what the tables were called before. */
  private described<Loaded extends LoadedTable>(
    loaded: readonly Loaded[],
  ): Map<string, Loaded & AuditedTable> {
    return new Map(
      loaded.map((table) => {
        const rules = undoRulesOf(entityOfTable(this.database, table.name));
        return [table.name, { ...table, ...rules, periods: periodsOf(table.name, table.renames) }];
      }),
    );
  }

  /** What the trail calls the table of an entity, or what is not one. */
  nameOf(target: AuditedTarget): string {
    if (typeof target === 'string') return target;
    if (this.database.hasMetadata(target)) return nameOfEntity(this.database.getMetadata(target));
    return typeof target === 'function' ? target.name : String(target);
  }
}
