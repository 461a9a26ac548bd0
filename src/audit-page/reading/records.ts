import { Inject, Injectable } from '@nestjs/common';
import type { AuditEntry } from '../../engine/audit/history/audit-entry.js';
import type { JsonValue } from '../../engine/common/json.js';
import { nameOf, newestImage, VisibleEntries, type RecordName } from '../access/visible-entries.js';
import type { Viewer } from '../access/viewer.js';
import { DescribedTables } from '../tables/described-tables.js';
import { assertReadable } from './entry-pages.js';
import { People, type ShownActor } from './people.js';

/** A record in a list. */
export interface ListedRecord extends RecordName {
  readonly label: string | null;
  readonly deleted: boolean;
  /** The value in which a search found its text; null without a search. */
  readonly matched: { readonly column: string; readonly value: JsonValue } | null;
  /**
   * The last change of its row; null if the row is older than the trail, or if the viewer may not read what the change
   * replaced.
   */
  readonly last: {
    readonly sequence: string;
    readonly at: string;
    readonly operation: string;
    readonly actor: ShownActor;
  } | null;
}

export interface RecordList {
  readonly records: readonly ListedRecord[];
  /** Whether there are more. */
  readonly more: boolean;
}

/** The number of entries that the list of the records changed last reads at most. */
const mostEntries = 2000;

/** Lists the records that were changed last. */
@Injectable()
export class Records {
  constructor(
    @Inject(VisibleEntries) private readonly entries: VisibleEntries,
    @Inject(DescribedTables) private readonly tables: DescribedTables,
    @Inject(People) private readonly people: People,
  ) {}

  /** The records of the newest entries, each once. */
  async changedLast(viewer: Viewer, table: string | undefined, limit: number): Promise<RecordList> {
    assertReadable(viewer, table);
    const newest = new Map<string, AuditEntry>();
    let cursor: string | null | undefined;
    for (let read = 0; read < mostEntries && newest.size <= limit && cursor !== null; read += 500) {
      const page = await this.entries.page(viewer, {
        operations: ['INSERT', 'UPDATE', 'DELETE'],
        limit: 500,
        ...(table === undefined ? {} : { table }),
        ...(cursor === undefined ? {} : { cursor }),
      });
      for (const entry of page.entries) {
        const name = nameOf({ table: entry.table, id: entry.recordId! });
        if (!newest.has(name)) newest.set(name, entry);
      }
      cursor = page.nextCursor;
    }
    const found = [...newest.values()].slice(0, limit);
    return {
      records: await this.listed(
        viewer,
        found.map((entry) => ({ entry, matched: null })),
      ),
      more: newest.size > limit,
    };
  }

  /** Records by their newest entries. */
  async listed(
    viewer: Viewer,
    found: readonly { entry: AuditEntry; matched: ListedRecord['matched'] }[],
  ): Promise<ListedRecord[]> {
    const tables = await this.tables.all();
    const actorOf = await this.people.of(
      viewer,
      found.map(({ entry }) => entry),
    );
    const visible = await this.entries.bySequence(
      viewer,
      found.map(({ entry }) => entry.sequence),
    );
    return found.map(({ entry, matched }) => ({
      table: entry.table,
      id: entry.recordId!,
      label: tables.get(entry.table)?.title(newestImage(entry)) ?? null,
      deleted: entry.after === null,
      matched,
      last: visible.has(entry.sequence)
        ? {
            sequence: entry.sequence,
            at: entry.at,
            operation: entry.operation,
            actor: actorOf(entry),
          }
        : null,
    }));
  }
}
