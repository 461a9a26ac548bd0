import { Body, Controller, HttpCode, Post, UseFilters, UseGuards } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { type ApiKey, NoTransaction } from '@singr/database';
import { CurrentKey } from '../auth/current-key.decorator.js';
import { Public } from '../auth/public.decorator.js';
import { OpenKjExceptionFilter } from './openkj-exception.filter.js';
import { OpenKjKeyGuard } from './openkj-key.guard.js';
import { answerSchema, commandSchema, type Command } from './openkj.schemas.js';
import { OpenKjService } from './openkj.service.js';

/** Answers OpenKJ, which posts every command to one URL, with the key in the body. */
@ApiTags('openkj')
@Public()
@UseGuards(OpenKjKeyGuard)
@UseFilters(OpenKjExceptionFilter)
@Controller('openkj')
export class OpenKjController {
  constructor(private readonly openkj: OpenKjService) {}

  @Post()
  @HttpCode(200)
  // Most commands are polls that only read. Each command that writes is a single service call.
  @NoTransaction()
  @ApiOperation({
    summary: 'Answer a command of OpenKJ',
    description: 'Errors have status 200 too.',
  })
  @ApiOkResponse({ standardSchema: answerSchema, description: 'Depends on the command.' })
  async answer(
    @CurrentKey() { customerProfileId }: ApiKey,
    @Body({ schema: commandSchema }) command: Command,
  ) {
    const answer = await this.openkj.answer(customerProfileId, command);
    return { command: command.command, error: false, ...answer };
  }
}
