import { Controller, Get, Header, NotFoundException, Param, StreamableFile } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { NoTransaction } from '@singr/database';
import { Public } from '../auth/public.decorator.js';
import { PageFiles } from './page-files.js';

/**
 * Nothing but this server's own files runs, is shown, or is spoken to; and no other page may frame
 * this one, where a click undoes something.
 */
const contentSecurityPolicy = [
  "default-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "object-src 'none'",
].join('; ');

/** Serves the page. It is public; what it shows comes from the API, with the user's own token. */
@ApiExcludeController()
@Public()
@NoTransaction()
@Controller()
export class AuditPageController {
  constructor(private readonly files: PageFiles) {}

  @Get('audit')
  @Header('content-security-policy', contentSecurityPolicy)
  @Header('referrer-policy', 'no-referrer')
  @Header('x-content-type-options', 'nosniff')
  @Header('cache-control', 'no-cache')
  page() {
    return this.send('index.html');
  }

  @Get('audit-page/:name')
  @Header('x-content-type-options', 'nosniff')
  @Header('cache-control', 'no-cache')
  file(@Param('name') name: string) {
    return this.send(name);
  }

  private send(name: string): StreamableFile {
    const file = this.files.find(name);
    if (file === undefined) throw new NotFoundException(`There is no file ${name}.`);
    return new StreamableFile(file.content, { type: file.type });
  }
}
