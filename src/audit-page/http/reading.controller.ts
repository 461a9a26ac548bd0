import { Readable } from 'node:stream';
import { Get, Inject, Req, Res, StreamableFile } from '@nestjs/common';
import { Viewers, type Viewer } from '../access/viewer.js';
import {
  atSchema,
  checked,
  entriesSchema,
  exportSchema,
  historyQuery,
  momentOf,
  peopleSchema,
  recordsSchema,
} from '../reading/entry-filters.js';
import { EntryPages } from '../reading/entry-pages.js';
import { EntryExport } from '../reading/export.js';
import { People } from '../reading/people.js';
import { RecordView } from '../reading/record-view.js';
import { Records } from '../reading/records.js';
import { Sessions } from '../reading/session.js';
import { ShownEntries } from '../reading/shown-entries.js';
import { Search } from '../search/search.js';
import { Answers } from './answers.js';
import { apiHeaders } from './headers.js';
import { queryOf, type PageRequest } from './page-request.js';

const exportFiles = {
  csv: ['text/csv; charset=utf-8', 'audit-trail.csv'],
  ndjson: ['application/x-ndjson; charset=utf-8', 'audit-trail.ndjson'],
} as const;

/** The part of the page's API that reads. */
export class ReadingController {
  constructor(
    @Inject(Viewers) private readonly viewers: Viewers,
    @Inject(Answers) private readonly answers: Answers,
    @Inject(Sessions) private readonly sessions: Sessions,
    @Inject(EntryPages) private readonly pages: EntryPages,
    @Inject(ShownEntries) private readonly shown: ShownEntries,
    @Inject(Records) private readonly lists: Records,
    @Inject(Search) private readonly search: Search,
    @Inject(EntryExport) private readonly exports: EntryExport,
    @Inject(RecordView) private readonly view: RecordView,
    @Inject(People) private readonly persons: People,
  ) {}

  @Get('session')
  async session(@Req() request: PageRequest, @Res() response: unknown): Promise<void> {
    await this.answer(request, response, (viewer) => this.sessions.of(viewer, request));
  }

  @Get('entries')
  async entries(@Req() request: PageRequest, @Res() response: unknown): Promise<void> {
    await this.answer(request, response, async (viewer) => {
      const { limit, cursor, ...filters } = checked(entriesSchema, queryOf(request));
      const query = { ...historyQuery(filters), ...(cursor === undefined ? {} : { cursor }) };
      const { entries, nextCursor } = await this.pages.find(viewer, query, limit);
      return { entries: await this.shown.of(viewer, entries), nextCursor };
    });
  }

  @Get('entries/export')
  async export(@Req() request: PageRequest, @Res() response: unknown): Promise<void> {
    const viewer = await this.viewers.of(request);
    const { format, ...filters } = checked(exportSchema, queryOf(request));
    const parts = await this.exports.of(viewer, historyQuery(filters), format);
    const [type, name] = exportFiles[format];
    this.answers.send(response, new StreamableFile(Readable.from(parts, { objectMode: false })), {
      ...apiHeaders,
      'content-type': type,
      'content-disposition': `attachment; filename="${name}"`,
    });
  }

  @Get('records')
  async records(@Req() request: PageRequest, @Res() response: unknown): Promise<void> {
    await this.answer(request, response, async (viewer) => {
      const { text, table, limit } = checked(recordsSchema, queryOf(request));
      if (text !== undefined) return this.search.find(viewer, text, table, limit);
      const list = await this.lists.changedLast(viewer, table, limit);
      return { ...list, incomplete: [], formerSince: null };
    });
  }

  @Get('people')
  async people(@Req() request: PageRequest, @Res() response: unknown): Promise<void> {
    await this.answer(request, response, async (viewer) => {
      const { text } = checked(peopleSchema, queryOf(request));
      return { people: await this.persons.search(viewer, text) };
    });
  }

  @Get('records/:table/:id')
  async record(@Req() request: PageRequest, @Res() response: unknown): Promise<void> {
    const { table, id } = request.params as { table: string; id: string };
    await this.answer(request, response, (viewer) => this.view.show(viewer, table, id));
  }

  @Get('records/:table/:id/at')
  async recordAt(@Req() request: PageRequest, @Res() response: unknown): Promise<void> {
    const { table, id } = request.params as { table: string; id: string };
    await this.answer(request, response, (viewer) => {
      const { moment } = checked(atSchema, queryOf(request));
      return this.view.at(viewer, table, id, momentOf(moment));
    });
  }

  private async answer(
    request: PageRequest,
    response: unknown,
    work: (viewer: Viewer) => Promise<object>,
  ): Promise<void> {
    const viewer = await this.viewers.of(request);
    this.answers.send(response, await work(viewer), apiHeaders);
  }
}
