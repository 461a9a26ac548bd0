import { QueryFailedError, type EntityManager } from 'typeorm';
import type { AuditedTable } from '../audited-table.js';
import { redactionMarker } from '../image.js';
import { currentImage, findRow } from '../row-sql.js';
import {
  UndoConflictError,
  UndoImpossibleError,
  UndoRedactedError,
  type UndoConflict,
} from './errors.js';
import type { ForeignKeys } from './foreign-keys.js';
import type { Reversal, UndoOptions, UndoStep } from './undo-plan.js';

/** A reversal, and the row that it meets. */
interface Pending extends Reversal {
  readonly current: string | null;
  /** Something else changed the row since. */
  readonly changedSince: boolean;
}

/** Carries reversals out, in one transaction: inserts parents first, then updates, then deletes. */
export class UndoExecution {
  constructor(
    private readonly manager: EntityManager,
    private readonly foreignKeys: ForeignKeys,
    private readonly options: UndoOptions,
  ) {}

  /** @throws UndoConflictError, UndoImpossibleError, UndoRedactedError */
  async run(reversals: readonly Reversal[]): Promise<{ steps: UndoStep[] }> {
    const pending = await this.meetRows(reversals);
    const order = await this.foreignKeys.parentsFirst(pending.map(({ table }) => table.name));
    const sorted = pending.toSorted(
      (a, b) => order.indexOf(a.table.name) - order.indexOf(b.table.name),
    );
    const steps: UndoStep[] = [];
    try {
      await this.setLocal('app.keep_updated_at', 'on');
      for (const reversal of sorted)
        if (isInsert(reversal)) steps.push(await this.insert(reversal));
      for (const reversal of sorted)
        if (isUpdate(reversal)) steps.push(await this.update(reversal));
      for (const reversal of sorted.toReversed()) {
        if (isDelete(reversal)) steps.push(await this.delete(reversal));
      }
    } catch (error) {
      throw describeFailure(error);
    }
    await this.setLocal('app.keep_updated_at', '');
    await this.setLocal('app.undoes', '');
    return { steps };
  }

  /** Locks the rows, and compares each with what the undone writes left. */
  private async meetRows(reversals: readonly Reversal[]): Promise<Pending[]> {
    const pending: Pending[] = [];
    const conflicts: UndoConflict[] = [];
    for (const reversal of reversals) {
      const { table, recordId, expected, target } = reversal;
      const [row] = await this.manager.query<
        { image: string; expected: boolean; target: boolean }[]
      >(
        `SELECT ${currentImage(table)}::text AS image,
                ${currentImage(table)} IS NOT DISTINCT FROM $2::jsonb AS expected,
                ${currentImage(table)} IS NOT DISTINCT FROM $3::jsonb AS target
         FROM ${table.relation} t WHERE ${findRow(table)} FOR UPDATE`,
        [recordId, expected, target],
      );
      const current = row?.image ?? null;
      const changedSince =
        reversal.interrupted || (current === null ? expected !== null : !row!.expected);
      const isThere = current === null ? target === null : row!.target;
      if (changedSince && !isThere && this.options.force !== true) {
        conflicts.push({
          table: table.name,
          recordId,
          reason: describeConflict(reversal, current),
        });
      }
      pending.push({
        ...reversal,
        current: current,
        changedSince,
        target: isThere ? current : target,
      });
    }
    if (conflicts.length > 0) throw new UndoConflictError(conflicts);
    return pending;
  }

  private async insert({ table, recordId, target, sequence }: Pending): Promise<UndoStep> {
    const columns = table.writableColumns;
    const lost = table.redactedColumns.filter(
      (column) => (JSON.parse(target!) as Record<string, unknown>)[column] === redactionMarker,
    );
    const required = lost.filter((column) => table.requiredColumns.includes(column));
    if (required.length > 0 && this.options.redacted !== 'placeholder') {
      throw new UndoRedactedError(table.name, recordId, required);
    }
    // Unique, because such columns are.
    const values = Object.fromEntries(
      lost.map((column) => [
        column,
        required.includes(column) ? `${redactionMarker} ${crypto.randomUUID()}` : null,
      ]),
    );
    await this.attributeTo(sequence);
    await this.manager.query(
      `INSERT INTO ${table.relation} (${list(columns)}) OVERRIDING SYSTEM VALUE
       SELECT ${list(columns, 'r')}
       FROM jsonb_populate_record(NULL::${table.relation}, $1::jsonb || $2::jsonb) AS r`,
      [target, JSON.stringify(values)],
    );
    return { action: 'insert', table: table.name, recordId, columns, lost };
  }

  private async update(reversal: Pending): Promise<UndoStep> {
    const { table, recordId, target, changedSince, sequence } = reversal;
    const columns = (reversal.changedColumns ?? table.writableColumns).filter(
      (column) =>
        table.writableColumns.includes(column) &&
        !table.redactedColumns.includes(column) &&
        // Overwriting a later change is a change of its own, and has its own time.
        !(changedSince && column === 'updated_at'),
    );
    const lost = (reversal.changedColumns ?? []).filter((column) =>
      table.redactedColumns.includes(column),
    );
    if (columns.length > 0) {
      await this.setLocal('app.keep_updated_at', changedSince ? '' : 'on');
      await this.attributeTo(sequence);
      await this.manager.query(
        `UPDATE ${table.relation} AS t SET (${list(columns)}) = ROW(${list(columns, 'r')})
         FROM jsonb_populate_record(NULL::${table.relation}, $2::jsonb) AS r
         WHERE ${findRow(table)}`,
        [recordId, target],
      );
      await this.setLocal('app.keep_updated_at', 'on');
    }
    return { action: 'update', table: table.name, recordId, columns, lost };
  }

  private async delete({ table, recordId, sequence }: Pending): Promise<UndoStep> {
    if (this.options.force !== true) await this.assertUnreferenced(table, recordId);
    await this.attributeTo(sequence);
    await this.manager.query(`DELETE FROM ${table.relation} AS t WHERE ${findRow(table)}`, [
      recordId,
    ]);
    return { action: 'delete', table: table.name, recordId, columns: [], lost: [] };
  }

  /** Rows that came later and would go, or lose their reference, with this one. */
  private async assertUnreferenced(table: AuditedTable, recordId: string): Promise<void> {
    const conflicts: UndoConflict[] = [];
    for (const key of await this.foreignKeys.referringTo(table.name)) {
      const matches = key.childColumns.map(
        (column, index) => `child."${column}" = t."${key.parentColumns[index]}"`,
      );
      const [{ count }] = await this.manager.query<[{ count: string }]>(
        `SELECT count(*) FROM ${key.childRelation} child JOIN ${table.relation} t ON ${matches.join(' AND ')}
         WHERE ${findRow(table)}`,
        [recordId],
      );
      if (count !== '0') {
        const reason = `is referred to by ${count} later row(s) of ${key.child}`;
        conflicts.push({ table: table.name, recordId, reason });
      }
    }
    if (conflicts.length > 0) throw new UndoConflictError(conflicts);
  }

  private attributeTo(sequence: string | undefined): Promise<void> {
    return this.setLocal('app.undoes', sequence ?? '');
  }

  private async setLocal(name: string, value: string): Promise<void> {
    await this.manager.query('SELECT set_config($1, $2, true)', [name, value]);
  }
}

const isInsert = ({ current, target }: Pending) => current === null && target !== null;
const isDelete = ({ current, target }: Pending) => current !== null && target === null;
const isUpdate = ({ current, target }: Pending) =>
  current !== null && target !== null && current !== target;

function list(columns: readonly string[], alias?: string): string {
  return columns.map((column) => `${alias ? `${alias}.` : ''}"${column}"`).join(', ');
}

function describeConflict({ expected, interrupted }: Reversal, current: string | null): string {
  if (interrupted) return 'was changed by somebody else in between';
  if (current === null) return 'has been deleted since';
  return expected === null ? 'exists again' : 'has changed since';
}

function describeFailure(error: unknown): unknown {
  if (!(error instanceof QueryFailedError)) return error;
  const { code, table, constraint } = error as QueryFailedError & {
    code?: string;
    table?: string;
    constraint?: string;
  };
  if (code === '23503') {
    return new UndoImpossibleError(
      `Nothing was undone: a row of "${table}" refers to one that no longer exists (${constraint}). Restore that one first.`,
    );
  }
  if (code === '23505') {
    return new UndoImpossibleError(
      `Nothing was undone: another row of "${table}" has the same value by now (${constraint}). Change that one first.`,
    );
  }
  return error;
}
