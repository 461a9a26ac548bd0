import { Module } from '@nestjs/common';
import { CataloguesController } from './catalogues.controller.js';
import { Uploads } from './uploads.js';

@Module({ controllers: [CataloguesController], providers: [Uploads] })
export class CataloguesApiModule {}
