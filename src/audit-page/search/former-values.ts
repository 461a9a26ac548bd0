import { containing } from '../../engine/common/like-pattern.js';
import { Inject, Injectable } from '@nestjs/common';
import { getDataSourceToken } from '@nestjs/typeorm';
import type { AuditEntry } from '../../engine/audit/history/audit-entry.js';
import { isoTime } from '../../engine/common/iso-time.js';
import type { DatabaseDataSource } from '../../engine/transaction/database.data-source.js';
import { VisibleEntries } from '../access/visible-entries.js';
import type { Viewer } from '../access/viewer.js';
import type { DescribedTable } from '../tables/described-tables.js';
import { cut, mostMatches } from './matches.js';
import type { Match } from './search.js';

/** The entries that one statement reads, which takes some tenths of a second. */
const entriesAtOnce = 20_000n;

/** Finds a text in former values of records and in deleted records, from the newest entry of the trail back. */
@Injectable()
export class FormerValues {
  constructor(
    @Inject(getDataSourceToken()) private readonly database: DatabaseDataSource,
    @Inject(VisibleEntries) private readonly entries: VisibleEntries,
  ) {}

  /** @param longest how long it may read, in milliseconds */
  async find(
    viewer: Viewer,
    tables: readonly DescribedTable[],
    text: string,
    longest: number,
  ): Promise<{ readonly matches: readonly Match[]; readonly since: string | null }> {
    const end = performance.now() + longest;
    const [trail] = await this.database.readAnywhere<{ first: string | null; last: string | null }>(
      `SELECT (SELECT sequence FROM audit_logs ORDER BY sequence LIMIT 1) AS first,
              (SELECT sequence FROM audit_logs ORDER BY sequence DESC LIMIT 1) AS last`,
    );
    if (trail!.first === null) return { matches: [], since: null };
    const matches: Match[] = [];
    const first = BigInt(trail!.first);
    let last = BigInt(trail!.last!);
    while (last >= first && matches.length < mostMatches) {
      if (performance.now() > end) return { matches, since: await this.timeOf(last) };
      const sequences = await this.sequences(tables, text, last);
      const entries = await this.entries.bySequence(viewer, sequences);
      for (const sequence of sequences) {
        const entry = entries.get(sequence);
        const match = entry && matchOf(entry, tables, text);
        if (match !== undefined) matches.push(match);
      }
      last -= entriesAtOnce;
    }
    return { matches, since: null };
  }

  private async sequences(
    tables: readonly DescribedTable[],
    text: string,
    last: bigint,
  ): Promise<string[]> {
    // The text as it is written in JSON.
    const pattern = containing(JSON.stringify(text).slice(1, -1));
    const rows = await this.database.readAnywhere<{ sequence: string }>(
      `SELECT sequence FROM audit_logs
       WHERE sequence > $1 AND sequence <= $2 AND operation IN ('UPDATE', 'DELETE')
         AND table_name = ANY ($3) AND old_data::text ILIKE $4
       ORDER BY sequence DESC LIMIT ${mostMatches}`,
      [String(last - entriesAtOnce), String(last), tables.map(({ table }) => table), pattern],
    );
    return rows.map(({ sequence }) => sequence);
  }

  /** The time of the oldest entry that was searched. */
  private async timeOf(last: bigint): Promise<string | null> {
    const [entry] = await this.database.readAnywhere<{ at: string }>(
      `SELECT ${isoTime('created_at')} AS at FROM audit_logs WHERE sequence > $1
       ORDER BY sequence LIMIT 1`,
      [String(last)],
    );
    return entry?.at ?? null;
  }
}

/** The value of an entry's record that has the text and that the entry replaced or deleted. */
function matchOf(
  { table, recordId, changes }: AuditEntry,
  tables: readonly DescribedTable[],
  text: string,
): Match | undefined {
  const columns = tables.find((one) => one.table === table)?.columns ?? [];
  const wanted = text.toLowerCase();
  for (const { column, from, redacted } of changes) {
    const isSearched = columns.some((one) => one.column === column && one.searchable);
    if (
      isSearched &&
      !redacted &&
      typeof from === 'string' &&
      from.toLowerCase().includes(wanted)
    ) {
      return { table, id: recordId!, matched: { column, value: cut(from) } };
    }
  }
  return undefined;
}
