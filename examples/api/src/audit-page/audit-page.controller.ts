import { Controller, Get, Header, NotFoundException, Param, StreamableFile } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { NoTransaction, SkipOverload } from '@singr/database';
import { Public } from '../auth/public.decorator.js';
import { PageFiles } from './page-files.js';

/**
 * The Content-Security-Policy of the page. The page can load and call only this server, and no other page may
 * frame it.
 */
const contentSecurityPolicy = [
  "default-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "object-src 'none'",
].join('; ');

/** Serves the page. The page is public, but its data comes from the API with the user's token. */
@ApiExcludeController()
@Public()
@NoTransaction()
@SkipOverload()
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
