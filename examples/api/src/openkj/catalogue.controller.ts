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
import { importQuerySchema, importSummarySchema, type ImportQuery } from './openkj.schemas.js';

@ApiTags('openkj')
@ForPrograms()
@Controller('openkj/systems/:number/songs')
export class CatalogueController {
  constructor(private readonly catalogues: SongCatalogueService) {}

  /** Reads the body as it arrives: memory does not grow with the catalogue. */
  @Put()
  @ApiOperation({
    summary: "Upload a system's catalogue",
    description: 'The catalogue holds just these songs afterwards. A failure changes nothing.',
  })
  @ApiConsumes('text/csv')
  @ApiBody({ schema: { type: 'string', example: 'artist,title\nQueen,Bohemian Rhapsody\n' } })
  @ApiOkResponse({ standardSchema: importSummarySchema, description: 'What became of the rows.' })
  @ApiBadRequestResponse({ description: 'That is no catalogue; the message says why.' })
  upload(
    @CurrentKey() { customerProfileId }: ApiKey,
    @Param('number', ParseIntPipe) openkjSystemId: number,
    @Query({ schema: importQuerySchema }) columns: ImportQuery,
    @Req() body: IncomingMessage,
  ) {
    const catalogue = { customerProfileId, openkjSystemId };
    return this.catalogues.importCsv(body, { ...catalogue, ...columns, replace: true });
  }
}
