import type { IncomingMessage } from 'node:http';
import { Controller, Param, ParseIntPipe, Put, Query, Req } from '@nestjs/common';
import {
  ApiBadRequestResponse,
  ApiBody,
  ApiConsumes,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import { type ApiKey, SongCatalogueService } from '@singr/database';
import { CurrentKey } from '../auth/current-key.decorator.js';
import { ForPrograms } from '../auth/for-programs.decorator.js';
import { importQuerySchema, importSummarySchema, type ImportQuery } from './catalogues.schemas.js';
import { Uploads } from './uploads.js';

/** The limits of an upload: some million songs, and enough time for them on a slow connection. */
const limits = { maxBytes: 64 * 1024 * 1024, arrivalTimeoutMs: 5 * 60 * 1000 };

/** Uploads a whole catalogue as a CSV file, for programs that do not upload in batches as OpenKJ does. */
@ApiTags('catalogues')
@ForPrograms()
@Controller('catalogues')
export class CataloguesController {
  constructor(
    private readonly catalogues: SongCatalogueService,
    private readonly uploads: Uploads,
  ) {}

  @Put(':system')
  @ApiOperation({
    summary: "Upload a system's catalogue",
    description: 'The file replaces the catalogue. A failure changes nothing.',
  })
  @ApiConsumes('text/csv')
  @ApiBody({ schema: { type: 'string', example: 'artist,title\nQueen,Bohemian Rhapsody\n' } })
  @ApiOkResponse({ standardSchema: importSummarySchema, description: 'The outcome of the rows.' })
  @ApiBadRequestResponse({
    description: 'The file is not a valid catalogue; the message says why.',
  })
  upload(
    @CurrentKey() { id, customerProfileId }: ApiKey,
    @Param('system', ParseIntPipe) openkjSystemId: number,
    @Query({ schema: importQuerySchema }) columns: ImportQuery,
    @Req() body: IncomingMessage,
  ) {
    const options = { customerProfileId, openkjSystemId, ...columns, ...limits, replace: true };
    // The body is written to a file as it arrives, so it takes neither memory nor a connection.
    return this.uploads.run(id, () => this.catalogues.importCsv(body, options));
  }
}
