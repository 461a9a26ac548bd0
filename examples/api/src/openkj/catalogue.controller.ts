import type { IncomingMessage } from 'node:http';
import {
  Controller,
  Delete,
  HttpCode,
  Param,
  ParseIntPipe,
  Post,
  Put,
  Query,
  Req,
} from '@nestjs/common';
import {
  ApiBadRequestResponse,
  ApiBody,
  ApiConsumes,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import { type ApiKey, type ImportOptions, SongCatalogueService } from '@singr/database';
import { CurrentKey } from '../auth/current-key.decorator.js';
import { ForPrograms } from '../auth/for-programs.decorator.js';
import {
  clearedSchema,
  importQuerySchema,
  importSummarySchema,
  type ImportQuery,
} from './openkj.schemas.js';
import { Uploads } from './uploads.js';

/** What an upload may take: some million songs, and the time for them on a slow line. */
const limits = { maxBytes: 64 * 1024 * 1024, arrivalTimeoutMs: 5 * 60 * 1000 };

const csv = { schema: { type: 'string', example: 'artist,title\nQueen,Bohemian Rhapsody\n' } };

@ApiTags('openkj')
@ForPrograms()
@Controller('openkj/systems/:number/songs')
export class CatalogueController {
  constructor(
    private readonly catalogues: SongCatalogueService,
    private readonly uploads: Uploads,
  ) {}

  @Post()
  @HttpCode(200)
  @ApiOperation({
    summary: "Add songs to a system's catalogue",
    description: 'A batch of any size; the songs that are there stay. A failure changes nothing.',
  })
  @ApiConsumes('text/csv')
  @ApiBody(csv)
  @ApiOkResponse({ standardSchema: importSummarySchema, description: 'What became of the rows.' })
  @ApiBadRequestResponse({ description: 'That is not a catalogue; the message says why.' })
  add(
    @CurrentKey() key: ApiKey,
    @Param('number', ParseIntPipe) openkjSystemId: number,
    @Query({ schema: importQuerySchema }) columns: ImportQuery,
    @Req() body: IncomingMessage,
  ) {
    return this.import(key, body, { openkjSystemId, ...columns });
  }

  @Put()
  @ApiOperation({
    summary: "Upload a system's catalogue",
    description: 'The catalogue holds just these songs afterwards. A failure changes nothing.',
  })
  @ApiConsumes('text/csv')
  @ApiBody(csv)
  @ApiOkResponse({ standardSchema: importSummarySchema, description: 'What became of the rows.' })
  @ApiBadRequestResponse({ description: 'That is not a catalogue; the message says why.' })
  upload(
    @CurrentKey() key: ApiKey,
    @Param('number', ParseIntPipe) openkjSystemId: number,
    @Query({ schema: importQuerySchema }) columns: ImportQuery,
    @Req() body: IncomingMessage,
  ) {
    return this.import(key, body, { openkjSystemId, ...columns, replace: true });
  }

  @Delete()
  @ApiOperation({ summary: "Clear a system's catalogue" })
  @ApiOkResponse({ standardSchema: clearedSchema, description: 'Once more changes nothing.' })
  async clear(
    @CurrentKey() { customerProfileId }: ApiKey,
    @Param('number', ParseIntPipe) openkjSystemId: number,
  ) {
    return { deleted: await this.catalogues.clear({ customerProfileId, openkjSystemId }) };
  }

  /** The body goes to a file as it arrives: neither memory nor a connection is held for it. */
  private import(
    { id, customerProfileId }: ApiKey,
    body: IncomingMessage,
    options: Omit<ImportOptions, 'customerProfileId'> & ImportQuery,
  ) {
    return this.uploads.run(id, () =>
      this.catalogues.importCsv(body, { customerProfileId, ...options, ...limits }),
    );
  }
}
