import { HttpStatus, Inject, Post, Req, Res } from '@nestjs/common';
import { Viewers, type Viewer } from '../access/viewer.js';
import { refusal } from '../common/refusal.js';
import { checked } from '../reading/entry-filters.js';
import { restoreGroupSchema, restoreSchema, undoSchema } from '../undoing/undo-input.js';
import { Undoing } from '../undoing/undoing.js';
import { Answers } from './answers.js';
import { apiHeaders } from './headers.js';
import type { PageRequest } from './page-request.js';

/** The part of the page's API that undoes. Each call is one transaction, which ends before the answer. */
export class UndoingController {
  constructor(
    @Inject(Viewers) private readonly viewers: Viewers,
    @Inject(Answers) private readonly answers: Answers,
    @Inject(Undoing) private readonly undoing: Undoing,
  ) {}

  @Post('undo')
  async undo(@Req() request: PageRequest, @Res() response: unknown): Promise<void> {
    await this.answer(request, response, (viewer, body) =>
      this.undoing.undo(viewer, checked(undoSchema, body)),
    );
  }

  @Post('restore')
  async restore(@Req() request: PageRequest, @Res() response: unknown): Promise<void> {
    await this.answer(request, response, (viewer, body) =>
      this.undoing.restore(viewer, checked(restoreSchema, body)),
    );
  }

  @Post('restore-group')
  async restoreGroup(@Req() request: PageRequest, @Res() response: unknown): Promise<void> {
    await this.answer(request, response, (viewer, body) =>
      this.undoing.restoreGroup(viewer, checked(restoreGroupSchema, body)),
    );
  }

  private async answer(
    request: PageRequest,
    response: unknown,
    work: (viewer: Viewer, body: unknown) => Promise<object>,
  ): Promise<void> {
    assertFromPage(request);
    const viewer = await this.viewers.of(request);
    this.answers.send(response, await work(viewer, request.body), apiHeaders);
  }
}

/**
 * A form of another site can send a browser's cookies, but neither this header nor JSON.
 *
 * @throws HttpException 403
 */
function assertFromPage({ headers }: PageRequest): void {
  const type = String(headers['content-type'] ?? '');
  if (headers['x-audit-page'] === '1' && /^application\/json\s*(;|$)/i.test(type)) return;
  throw refusal(
    HttpStatus.FORBIDDEN,
    'AUDIT_PAGE_HEADER_MISSING',
    'Send JSON, with the header "x-audit-page: 1".',
  );
}
