import { Inject, Injectable } from '@nestjs/common';
import type { AuditEntry } from '../../engine/audit/history/audit-entry.js';
import { isUuid } from '../../engine/common/uuid.js';
import { nameOf, VisibleEntries, type RecordName } from '../access/visible-entries.js';
import type { Viewer } from '../access/viewer.js';
import { AUDIT_PAGE_OPTIONS, type AuditPageOptions } from '../common/options.js';
import { assertReadable } from '../reading/entry-pages.js';
import { Records, type ListedRecord, type RecordList } from '../reading/records.js';
import { References } from '../reading/references.js';
import { DescribedTables, type DescribedTable } from '../tables/described-tables.js';
import { FormerValues } from './former-values.js';
import { CurrentRows } from './current-rows.js';

/** A record in which a search found its text. */
export interface Match extends RecordName {
  readonly matched: ListedRecord['matched'];
}

/** What a search found, and what it did not read. */
export interface SearchResult extends RecordList {
  /** The tables whose current rows were not all read in time, by name. */
  readonly incomplete: readonly string[];
  /** The time back to which former values were searched; null if all were. */
  readonly formerSince: string | null;
}

/** Finds records by a text of their current or former values, or by their id. */
@Injectable()
export class Search {
  constructor(
    @Inject(AUDIT_PAGE_OPTIONS) private readonly options: AuditPageOptions,
    @Inject(DescribedTables) private readonly tables: DescribedTables,
    @Inject(VisibleEntries) private readonly entries: VisibleEntries,
    @Inject(CurrentRows) private readonly rows: CurrentRows,
    @Inject(FormerValues) private readonly former: FormerValues,
    @Inject(Records) private readonly records: Records,
    @Inject(References) private readonly references: References,
  ) {}

  /** Reads for as long as the option `searchTimeout` says: half of it current rows, half of it the trail. */
  async find(
    viewer: Viewer,
    text: string,
    table: string | undefined,
    limit: number,
  ): Promise<SearchResult> {
    assertReadable(viewer, table);
    const { searchTimeout = 2000 } = this.options;
    const tables = await this.tables.all();
    const searched = [...tables.values()].filter(
      (one) => viewer.of(one.table) !== undefined && (table ?? one.table) === one.table,
    );
    const byId = await this.byId(searched, text);
    const current = await this.rows.find(viewer, searched, text, searchTimeout / 2);
    const former = await this.former.find(viewer, searched, text, searchTimeout / 2);
    const matches = best([...current.matches, ...former.matches], text);
    const found = await this.visible(viewer, tables, [...byId, ...matches], limit + 1);
    return {
      records: found.slice(0, limit),
      more: found.length > limit,
      incomplete: current.incomplete,
      formerSince: former.since,
    };
  }

  /** The records of the tables with this id, which an index of the trail finds. */
  private async byId(tables: readonly DescribedTable[], text: string): Promise<Match[]> {
    const id = isUuid(text) ? text.toLowerCase() : text;
    const names = tables.map(({ table }) => ({ table, id }));
    const found = await this.entries.withEntries(names);
    return found.map((name) => ({ ...name, matched: null }));
  }

  /** The records of the matches that the viewer may read, each once, in the order of the matches. */
  private async visible(
    viewer: Viewer,
    tables: ReadonlyMap<string, DescribedTable>,
    matches: readonly Match[],
    limit: number,
  ): Promise<ListedRecord[]> {
    const once = [...new Map(matches.toReversed().map((match) => [nameOf(match), match])).values()];
    const ordered = once.reverse();
    const newest = await this.entries.newestOf(viewer, ordered);
    const withEntry: { entry: AuditEntry; matched: ListedRecord['matched'] }[] = [];
    const older: Match[] = [];
    for (const match of ordered) {
      const entry = newest.get(nameOf(match));
      if (entry !== undefined) withEntry.push({ entry, matched: match.matched });
      // A row that is older than the trail shows neither its tenant nor its former owners.
      else if (viewer.readsAllOf(match.table)) older.push(match);
    }
    const listed = await this.records.listed(viewer, withEntry.slice(0, limit));
    const rest = older.slice(0, limit - listed.length);
    const labelOf = await this.references.labels(viewer, tables, rest);
    return [
      ...listed,
      ...rest.map(({ matched, ...name }) => ({
        ...name,
        label: labelOf(name),
        deleted: false,
        matched,
        last: null,
      })),
    ];
  }
}

/** Values that are the text come first, then those that begin with it. */
function best(matches: readonly Match[], text: string): Match[] {
  const wanted = text.toLowerCase();
  const rank = ({ matched }: Match) => {
    const value = String(matched?.value).toLowerCase();
    if (value === wanted) return 0;
    return value.startsWith(wanted) ? 1 : 2;
  };
  return matches.toSorted((a, b) => rank(a) - rank(b));
}
