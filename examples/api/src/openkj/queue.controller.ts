import {
  Body,
  Controller,
  Delete,
  Get,
  HttpCode,
  Param,
  ParseIntPipe,
  Post,
  Put,
} from '@nestjs/common';
import { ApiNotFoundResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import {
  type ApiKey,
  RequestRepository,
  RequestService,
  VenueNotFoundError,
  VenueRepository,
  VenueService,
} from '@singr/database';
import { CurrentKey } from '../auth/current-key.decorator.js';
import { ForPrograms } from '../auth/for-programs.decorator.js';
import { acceptingSchema, changeSchema, queueSchema, type Accepting } from './openkj.schemas.js';

/** A venue and its queue, by the venue's number in OpenKJ: of the customer whose key it is. */
@ApiTags('openkj')
@ForPrograms()
@ApiNotFoundResponse({ description: 'The customer has no venue with this number.' })
@Controller('openkj/venues/:number')
export class QueueController {
  constructor(
    private readonly venues: VenueRepository,
    private readonly venueService: VenueService,
    private readonly requests: RequestRepository,
    private readonly requestService: RequestService,
  ) {}

  @Put('accepting')
  @ApiOperation({ summary: 'Open or close a venue for requests' })
  @ApiOkResponse({ standardSchema: changeSchema, description: 'Once more changes nothing.' })
  async setAccepting(
    @CurrentKey() key: ApiKey,
    @Param('number', ParseIntPipe) number: number,
    @Body({ schema: acceptingSchema }) { accepting }: Accepting,
  ) {
    const venueId = await this.venueOf(key, number);
    const { serial } = await this.venueService.setAcceptingRequests(venueId, accepting);
    return { serial };
  }

  @Get('requests')
  @ApiOperation({ summary: 'The queue', description: 'The oldest request first.' })
  @ApiOkResponse({ standardSchema: queueSchema, description: 'What has not been sung yet.' })
  async queue(@CurrentKey() key: ApiKey, @Param('number', ParseIntPipe) number: number) {
    const open = await this.requests.findOpen(await this.venueOf(key, number));
    return open.map(({ singerProfile, ...request }) => ({
      ...request,
      singer: singerProfile?.nickname ?? null,
    }));
  }

  @Post('requests/:id/processed')
  @HttpCode(200)
  @ApiOperation({ summary: 'Take a request off the queue' })
  @ApiOkResponse({ standardSchema: changeSchema, description: 'Once more changes nothing.' })
  async process(
    @CurrentKey() key: ApiKey,
    @Param('number', ParseIntPipe) number: number,
    @Param('id') requestId: string,
  ) {
    const venueId = await this.venueOf(key, number);
    const { serial } = await this.requestService.process(venueId, requestId);
    return { serial };
  }

  @Delete('requests')
  @ApiOperation({ summary: 'Clear the queue' })
  @ApiOkResponse({ standardSchema: changeSchema, description: 'Once more changes nothing.' })
  async clear(@CurrentKey() key: ApiKey, @Param('number', ParseIntPipe) number: number) {
    const { serial } = await this.requestService.clear(await this.venueOf(key, number));
    return { serial };
  }

  /** @throws VenueNotFoundError also for another customer's venue */
  private async venueOf({ customerProfileId }: ApiKey, openkjVenueId: number): Promise<string> {
    const venue = await this.venues.findOneBy({ customerProfileId, openkjVenueId });
    if (venue === null) throw new VenueNotFoundError(String(openkjVenueId));
    return venue.id;
  }
}
