import { Body, Controller, Delete, HttpCode, Post } from '@nestjs/common';
import {
  ApiBadRequestResponse,
  ApiBearerAuth,
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import { CurrentUser } from '../auth/current-user.decorator.js';
import { Requires } from '../auth/requires.decorator.js';
import type { SignedInUser } from '../auth/signed-in-user.js';
import { beginSchema, impersonationSchema } from './impersonation.schemas.js';
import type { Begin } from './impersonation.schemas.js';
import { Impersonations } from './impersonations.js';

/** Lets administrators act for a customer, with the customer's permissions. */
@ApiTags('impersonation')
@ApiBearerAuth()
@Controller('impersonation')
export class ImpersonationController {
  constructor(private readonly impersonations: Impersonations) {}

  @Post()
  @Requires('customers:update')
  @ApiOperation({
    summary: 'Act for a customer',
    description:
      'For half an hour, this session has the permissions of the customer. Its changes are recorded as made ' +
      'by the administrator, on behalf of the customer.',
  })
  @ApiCreatedResponse({ standardSchema: impersonationSchema, description: 'It has begun.' })
  @ApiBadRequestResponse({ description: 'No customer has this e-mail address.' })
  begin(
    @CurrentUser() user: SignedInUser,
    @Body({ schema: beginSchema }) { email, reason }: Begin,
  ) {
    return this.impersonations.begin(user.sessionId, email, reason);
  }

  @Delete()
  @HttpCode(204)
  @ApiOperation({ summary: 'Stop acting for a customer' })
  @ApiNoContentResponse({ description: 'The session is that of the administrator again.' })
  async end(@CurrentUser() user: SignedInUser): Promise<void> {
    await this.impersonations.end(user.sessionId);
  }
}
