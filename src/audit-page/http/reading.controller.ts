import { Get, Inject, Req, Res } from '@nestjs/common';
import { Viewers, type Viewer } from '../access/viewer.js';
import {
  atSchema,
  checked,
  entriesSchema,
  historyQuery,
  momentOf,
  peopleSchema,
  recordsSchema,
} from '../reading/entry-filters.js';
import { EntryPages } from '../reading/entry-pages.js';
import { People } from '../reading/people.js';
import { RecordView } from '../reading/record-view.js';
import { Records } from '../reading/records.js';
import { Sessions } from '../reading/session.js';
import { ShownEntries } from '../reading/shown-entries.js';
import { Answers } from './answers.js';
import { apiHeaders } from './headers.js';
import { queryOf, type PageRequest } from './page-request.js';

/** The part of the page's API that reads. */
export class ReadingController {
  constructor(
    @Inject(Viewers) private readonly viewers: Viewers,
    @Inject(Answers) private readonly answers: Answers,
    @Inject(Sessions) private readonly sessions: Sessions,
    @Inject(EntryPages) private readonly pages: EntryPages,
    @Inject(ShownEntries) private readonly shown: ShownEntries,
    @Inject(Records) private readonly lists: Records,
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

  @Get('records')
  async records(@Req() request: PageRequest, @Res() response: unknown): Promise<void> {
    await this.answer(request, response, async (viewer) => {
      const { table, limit } = checked(recordsSchema, queryOf(request));
      return this.lists.changedLast(viewer, table, limit);
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
