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
import { type ApiKey, SongCatalogueService } from '@singr/database';
import { CurrentKey } from '../auth/current-key.decorator.js';
import { ForPrograms } from '../auth/for-programs.decorator.js';
import {
  clearedSchema,
  importQuerySchema,
  importSummarySchema,
  type ImportQuery,
} from './openkj.schemas.js';

const csv = { schema: { type: 'string', example: 'artist,title\nQueen,Bohemian Rhapsody\n' } };

@ApiTags('openkj')
@ForPrograms()
@Controller('openkj/systems/:number/songs')
export class CatalogueController {
  constructor(private readonly catalogues: SongCatalogueService) {}

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
    @CurrentKey() { customerProfileId }: ApiKey,
    @Param('number', ParseIntPipe) openkjSystemId: number,
    @Query({ schema: importQuerySchema }) columns: ImportQuery,
    @Req() body: IncomingMessage,
  ) {
    return this.catalogues.importCsv(body, { customerProfileId, openkjSystemId, ...columns });
  }

  /** Reads the body as it arrives: memory does not grow with the catalogue. */
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
    @CurrentKey() { customerProfileId }: ApiKey,
    @Param('number', ParseIntPipe) openkjSystemId: number,
    @Query({ schema: importQuerySchema }) columns: ImportQuery,
    @Req() body: IncomingMessage,
  ) {
    const catalogue = { customerProfileId, openkjSystemId };
    return this.catalogues.importCsv(body, { ...catalogue, ...columns, replace: true });
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
}
