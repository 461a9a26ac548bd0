import { HttpStatus, Inject, Injectable } from '@nestjs/common';
import type { AuditEntry } from '../../engine/audit/history/audit-entry.js';
import type { HistoryQuery } from '../../engine/audit/history/history-query.js';
import { refusal } from '../common/refusal.js';
import { VisibleEntries } from '../access/visible-entries.js';
import type { Viewer } from '../access/viewer.js';

/** How long a page may search entries that no index finds, in milliseconds. */
const longestSearch = 2000;

export interface EntriesFound {
  readonly entries: readonly AuditEntry[];
  /** Where the next page continues; null at the end. A page may be empty and have one. */
  readonly nextCursor: string | null;
}

/** Reads pages of entries, which the engine may return in several parts. */
@Injectable()
export class EntryPages {
  constructor(@Inject(VisibleEntries) private readonly visible: VisibleEntries) {}

  /**
   * A page of entries. If no index finds them, it searches for up to two seconds, and may then have fewer entries
   * than its limit, or none.
   *
   * @throws HttpException 404 for a table that the viewer may not read
   */
  async find(viewer: Viewer, query: HistoryQuery, limit: number): Promise<EntriesFound> {
    assertReadable(viewer, query.table);
    const entries: AuditEntry[] = [];
    const end = performance.now() + longestSearch;
    let cursor = query.cursor;
    for (;;) {
      const page = await this.visible.page(viewer, {
        ...query,
        limit: limit - entries.length,
        ...(cursor === undefined ? {} : { cursor }),
      });
      entries.push(...page.entries);
      if (page.nextCursor === null || entries.length === limit || performance.now() > end) {
        return { entries, nextCursor: page.nextCursor };
      }
      cursor = page.nextCursor;
    }
  }
}

/** @throws HttpException 404 for a table that the viewer may not read, whether it exists or not */
export function assertReadable(viewer: Viewer, table: string | undefined): void {
  if (table === undefined || viewer.of(table) !== undefined) return;
  throw refusal(
    HttpStatus.NOT_FOUND,
    'TABLE_NOT_AUDITED',
    `The table "${table}" is not audited, or you may not read it.`,
  );
}
