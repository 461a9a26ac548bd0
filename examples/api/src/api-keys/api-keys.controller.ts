import { Body, Controller, Delete, HttpCode, Param, ParseUUIDPipe, Post } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiConflictResponse,
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiNotFoundResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import { ApiKeyService, type IssuedApiKey } from '@singr/database';
import { CurrentCustomer } from '../auth/current-customer.decorator.js';
import { CurrentUser } from '../auth/current-user.decorator.js';
import { Requires } from '../auth/requires.decorator.js';
import type { SignedInUser } from '../auth/signed-in-user.js';
import { issuedKeySchema, issueKeySchema, type IssueKey } from './api-keys.schemas.js';

@ApiTags('api keys')
@ApiBearerAuth()
@Controller('api-keys')
export class ApiKeysController {
  constructor(private readonly keys: ApiKeyService) {}

  @Post()
  @Requires('api_keys:create')
  @ApiOperation({ summary: 'Issue a key for a program, such as OpenKJ' })
  @ApiCreatedResponse({
    standardSchema: issuedKeySchema,
    description: 'The key. It is shown only once.',
  })
  async issue(
    @CurrentUser() user: SignedInUser,
    @CurrentCustomer() customerProfileId: string,
    @Body({ schema: issueKeySchema }) { description }: IssueKey,
  ) {
    return shown(
      await this.keys.issue({ customerProfileId, createdByUserId: user.id, description }),
    );
  }

  @Post(':id/rotation')
  @Requires('api_keys:update')
  @ApiOperation({ summary: 'Replace a key', description: 'The old key is revoked.' })
  @ApiCreatedResponse({
    standardSchema: issuedKeySchema,
    description: 'The new key. It is shown only once.',
  })
  @ApiNotFoundResponse({ description: 'The customer has no such key.' })
  @ApiConflictResponse({ description: 'The key was revoked.' })
  async rotate(
    @CurrentUser() user: SignedInUser,
    @CurrentCustomer() customerProfileId: string,
    @Param('id', ParseUUIDPipe) id: string,
  ) {
    return shown(await this.keys.rotate(customerProfileId, id, { createdByUserId: user.id }));
  }

  @Delete(':id')
  @Requires('api_keys:delete')
  @HttpCode(204)
  @ApiOperation({ summary: 'Revoke a key' })
  @ApiNoContentResponse({ description: 'The key is revoked.' })
  @ApiNotFoundResponse({ description: 'The customer has no such key.' })
  @ApiConflictResponse({ description: 'The key was revoked already.' })
  async revoke(
    @CurrentCustomer() customerProfileId: string,
    @Param('id', ParseUUIDPipe) id: string,
  ): Promise<void> {
    await this.keys.revoke(customerProfileId, id);
  }
}

function shown({ key, apiKey }: IssuedApiKey) {
  return { id: apiKey.id, key };
}
