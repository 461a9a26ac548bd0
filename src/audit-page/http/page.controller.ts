import { Get, HttpStatus, Inject, Req, Res } from '@nestjs/common';
import { AUDIT_PAGE_OPTIONS, type AuditPageOptions } from '../common/options.js';
import { Answers } from './answers.js';
import { pageHeaders } from './headers.js';
import { PageFiles } from './page-files.js';
import { addressOf, type PageRequest } from './page-request.js';
import { refusal } from '../common/refusal.js';

/** Serves the page and its files, which have no data. */
export class PageController {
  constructor(
    @Inject(PageFiles) private readonly files: PageFiles,
    @Inject(Answers) private readonly answers: Answers,
    @Inject(AUDIT_PAGE_OPTIONS) private readonly options: AuditPageOptions,
  ) {}

  @Get()
  async page(@Req() request: PageRequest, @Res() response: unknown): Promise<void> {
    await this.send(response, 'index.html', (html) =>
      html
        .replace(
          '<meta charset="utf-8" />',
          (tag) => `${tag}\n    <base href="${baseOf(request)}" />`,
        )
        .replace(
          '<meta name="sign-in" content="" />',
          `<meta name="sign-in" content="${escaped(this.options.signIn ?? '')}" />`,
        ),
    );
  }

  @Get(':name')
  async file(@Req() { params }: PageRequest, @Res() response: unknown): Promise<void> {
    await this.send(response, params['name']!);
  }

  @Get(':folder/:name')
  async fileInFolder(@Req() { params }: PageRequest, @Res() response: unknown): Promise<void> {
    await this.send(response, `${params['folder']}/${params['name']}`);
  }

  private async send(
    response: unknown,
    path: string,
    complete: (text: string) => string = (text) => text,
  ): Promise<void> {
    const file = await this.files.find(path);
    if (file === undefined) {
      throw refusal(HttpStatus.NOT_FOUND, 'NOT_FOUND', 'The audit page has no such file.');
    }
    this.answers.send(response, complete(file.text), { ...pageHeaders, 'content-type': file.type });
  }
}

/** The base of the page's relative addresses, whatever the path and the global prefix are. */
function baseOf(request: PageRequest): string {
  const last = addressOf(request).pathname.split('/').at(-1)!;
  return escaped(last === '' ? './' : `./${last}/`);
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');
}
