import { Module } from '@nestjs/common';
import { CatalogueController } from './catalogue.controller.js';
import { QueueController } from './queue.controller.js';
import { SerialController } from './serial.controller.js';
import { Uploads } from './uploads.js';

/** What a customer's karaoke computer asks and says. */
@Module({
  controllers: [CatalogueController, QueueController, SerialController],
  providers: [Uploads],
})
export class OpenKjApiModule {}
