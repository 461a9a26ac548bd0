import { Inject, Injectable } from '@nestjs/common';
import { ActorContext } from '../../engine/actor/actor-context.js';
import type { HistoryQuery } from '../../engine/audit/history/history-query.js';
import type { Viewer } from '../access/viewer.js';
import { csvHeader, csvRows } from './csv.js';
import { EntryPages } from './entry-pages.js';
import { ShownEntries, type ShownEntry } from './shown-entries.js';

export type ExportFormat = 'csv' | 'ndjson';

/** The entries that are read at once. */
const entriesAtOnce = 200;

/** Writes all entries of a query as a file, page by page: it holds neither all of them nor a connection. */
@Injectable()
export class EntryExport {
  constructor(
    @Inject(EntryPages) private readonly pages: EntryPages,
    @Inject(ShownEntries) private readonly shown: ShownEntries,
  ) {}

  /** The parts of the file. The first page is read before this returns, so that a wrong query is refused. */
  async of(
    viewer: Viewer,
    query: HistoryQuery,
    format: ExportFormat,
  ): Promise<AsyncIterable<string>> {
    // The stream reads when its client does, which is outside the context of the request.
    const read = ActorContext.bind(async (cursor: string | null) => {
      const from = cursor === null ? {} : { cursor };
      const page = await this.pages.find(viewer, { ...query, ...from }, entriesAtOnce);
      return { ...page, entries: await this.shown.of(viewer, page.entries) };
    });
    return parts(await read(null), read, format);
  }
}

interface Page {
  readonly entries: readonly ShownEntry[];
  readonly nextCursor: string | null;
}

async function* parts(
  first: Page,
  read: (cursor: string) => Promise<Page>,
  format: ExportFormat,
): AsyncGenerator<string> {
  if (format === 'csv') yield csvHeader;
  for (let page = first; ; page = await read(page.nextCursor)) {
    const text =
      format === 'csv'
        ? page.entries.flatMap(csvRows).join('')
        : page.entries.map((entry) => `${JSON.stringify(entry)}\n`).join('');
    if (text !== '') yield text;
    if (page.nextCursor === null) return;
  }
}
