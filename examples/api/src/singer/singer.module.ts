import { Module } from '@nestjs/common';
import { SingerController } from './singer.controller.js';

@Module({ controllers: [SingerController] })
export class SingerApiModule {}
