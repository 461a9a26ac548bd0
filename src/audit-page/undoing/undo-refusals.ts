import { HttpException, HttpStatus, Inject, Injectable } from '@nestjs/common';
import {
  UndoConflictError,
  UndoImpossibleError,
  UndoRedactedError,
  type UndoConflict,
} from '../../engine/audit/undo/errors.js';
import type { Viewer } from '../access/viewer.js';
import { nameOf, VisibleEntries } from '../access/visible-entries.js';
import { refusal } from '../common/refusal.js';
import { References } from '../reading/references.js';
import { DescribedTables } from '../tables/described-tables.js';

/** The greatest number of conflicts in an answer, which also has their total. */
const mostConflicts = 500;

/** Tells why an undo was refused, without naming a record that the viewer may not read. */
@Injectable()
export class UndoRefusals {
  constructor(
    @Inject(DescribedTables) private readonly tables: DescribedTables,
    @Inject(VisibleEntries) private readonly entries: VisibleEntries,
    @Inject(References) private readonly references: References,
  ) {}

  /** Runs an undo for the viewer. */
  async during<T>(viewer: Viewer, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof UndoConflictError) throw await this.conflict(viewer, error.conflicts);
      const isTelling = error instanceof UndoImpossibleError || error instanceof UndoRedactedError;
      if (!isTelling || viewer.readsEverything) throw error;
      throw refusal(
        HttpStatus.UNPROCESSABLE_ENTITY,
        error.code,
        error instanceof UndoRedactedError
          ? 'Nothing was undone: the trail does not keep all values that the record needs. Placeholders can take their place.'
          : 'Nothing was undone: the trail lacks a value, or the database refuses the change.',
      );
    }
  }

  private async conflict(viewer: Viewer, all: readonly UndoConflict[]): Promise<HttpException> {
    const named = all.map((one) => ({ ...one, name: { table: one.table, id: one.recordId } }));
    const listed = named.slice(0, mostConflicts);
    const names = listed.map(({ name }) => name);
    const visible = await this.entries.newestOf(viewer, names);
    const labelOf = await this.references.labels(viewer, await this.tables.all(), names);
    const conflicts = listed
      .filter(({ name }) => viewer.readsAllOf(name.table) || visible.has(nameOf(name)))
      .map(({ name, reason, columns }) => ({ ...name, label: labelOf(name), reason, columns }));
    const records = all.length === 1 ? 'A record' : `${all.length} records`;
    const message = `Nothing was undone: ${records} changed since, or others refer to ${all.length === 1 ? 'it' : 'them'}.`;
    return new HttpException(
      {
        statusCode: HttpStatus.CONFLICT,
        code: 'UNDO_CONFLICT',
        message,
        conflicts,
        conflictsTotal: all.length,
      },
      HttpStatus.CONFLICT,
    );
  }
}
