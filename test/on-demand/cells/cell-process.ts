import 'reflect-metadata';
import type { AddressInfo } from 'node:net';
import { Body, Controller, Get, Module, Param, Patch, Put } from '@nestjs/common';
import { APP_FILTER, NestFactory } from '@nestjs/core';
import {
  DatabaseModule,
  OverloadFilter,
  SongCatalogueService,
  VenueRepository,
  VenueService,
} from '../../../src/index.js';

/** What a customer's people and programs call, in whichever cell the customer is. */
@Controller('customers/:customer')
class CustomersController {
  constructor(
    private readonly venues: VenueRepository,
    private readonly changes: VenueService,
    private readonly songs: SongCatalogueService,
  ) {}

  @Get('venues')
  list(@Param('customer') customerProfileId: string) {
    return this.venues.findOfCustomer(customerProfileId);
  }

  @Patch('venues/:venue')
  async rename(@Param('venue') venueId: string, @Body() { name }: { name: string }) {
    return (await this.changes.update(venueId, { name })).venue;
  }

  @Put('songs')
  upload(@Param('customer') customerProfileId: string, @Body() songs: string[]) {
    return this.songs.import(
      songs.map((title) => ({ artist: 'Queen', title })),
      { customerProfileId, openkjSystemId: 1 },
    );
  }
}

@Module({
  imports: [
    DatabaseModule.forRootAsync({
      useFactory: () => ({
        url: process.env['CELL_URL']!,
        applicationName: `cell-${process.env['CELL']}`,
        timeouts: { lock: 200 },
        actor: () => ({ name: 'two clusters' }),
        tenancy: {
          role: process.env['CELL_ROLE'],
          // Instead of a user who belongs to this customer.
          resolve: ({ params }) => params.customer,
        },
      }),
    }),
  ],
  controllers: [CustomersController],
  providers: [{ provide: APP_FILTER, useClass: OverloadFilter }],
})
class CellModule {}

// Writes are refused while the customer is moved, which is logged for each.
const app = await NestFactory.create(CellModule, { logger: false });
app.enableShutdownHooks();
await app.listen(0, '127.0.0.1');
console.log(`listening ${(app.getHttpServer().address() as AddressInfo).port}`);
