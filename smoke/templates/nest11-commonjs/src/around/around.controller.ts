import { ConflictException, Controller, Post, UseGuards } from '@nestjs/common';
import { WritingGuard } from './writers';

@Controller('around')
@UseGuards(WritingGuard)
export class AroundController {
  @Post()
  succeed(): object {
    return {};
  }

  @Post('failing')
  fail(): never {
    throw new ConflictException();
  }
}
