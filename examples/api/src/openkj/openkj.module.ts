import { Module } from '@nestjs/common';
import { OpenKjCatalogue } from './openkj-catalogue.js';
import { OpenKjController } from './openkj.controller.js';
import { OpenKjService } from './openkj.service.js';
import { QuietUploads } from './quiet-uploads.js';

/** The server for OpenKJ, the program on a host's computer. */
@Module({
  controllers: [OpenKjController],
  providers: [OpenKjService, OpenKjCatalogue, QuietUploads],
})
export class OpenKjApiModule {}
