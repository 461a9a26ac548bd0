import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { type ApiKey, StateRepository } from '@singr/database';
import { CurrentKey } from '../auth/current-key.decorator.js';
import { ForPrograms } from '../auth/for-programs.decorator.js';
import { serialSchema } from './openkj.schemas.js';

@ApiTags('openkj')
@ForPrograms()
@Controller('openkj/serial')
export class SerialController {
  constructor(private readonly states: StateRepository) {}

  @Get()
  @ApiOperation({
    summary: 'Whether anything changed',
    description: 'OpenKJ asks every few seconds, and fetches the queue when the serial has moved.',
  })
  @ApiOkResponse({ standardSchema: serialSchema, description: "The customer's serial." })
  async serial(@CurrentKey() { customerProfileId }: ApiKey) {
    return { serial: await this.states.currentSerial(customerProfileId) };
  }
}
