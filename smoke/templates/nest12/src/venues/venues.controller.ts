import { Body, Controller, Get, Param, Patch } from '@nestjs/common';
import { type Venue, VenueRepository } from '@singr/database';

@Controller('venues')
export class VenuesController {
  constructor(private readonly venues: VenueRepository) {}

  @Get()
  list(): Promise<Venue[]> {
    return this.venues.find();
  }

  @Patch(':id')
  async rename(@Param('id') id: string, @Body() body: { name: string }): Promise<Venue> {
    const venue = await this.venues.findOneByOrFail({ id });
    return this.venues.save(Object.assign(venue, { name: body.name }));
  }
}
