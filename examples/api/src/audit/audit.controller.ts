import { Controller, Get, Param, Query } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiForbiddenResponse,
  ApiNotFoundResponse,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiTags,
  ApiUnauthorizedResponse,
} from '@nestjs/swagger';
import { CurrentUser } from '../auth/current-user.decorator.js';
import type { SignedInUser } from '../auth/signed-in-user.js';
import { auditQuerySchema, auditTrailSchema } from './audit.schemas.js';
import type { AuditQuery } from './audit.schemas.js';
import { AuditService } from './audit.service.js';

@ApiTags('audit')
@ApiBearerAuth()
@ApiUnauthorizedResponse({ description: 'The bearer token is missing or no longer valid.' })
@Controller('audit')
export class AuditController {
  constructor(private readonly audit: AuditService) {}

  @Get(':table/:id')
  @ApiOperation({
    summary: 'The audit trail of a record',
    description:
      'Newest first. Administrators read any trail, customers those of their own venues, ' +
      'also after a venue was deleted.',
  })
  @ApiParam({ name: 'table', example: 'venues' })
  @ApiParam({ name: 'id', description: "The record's primary key." })
  @ApiOkResponse({ standardSchema: auditTrailSchema, description: 'What happened to the record.' })
  @ApiForbiddenResponse({ description: "The record is not one of the user's own venues." })
  @ApiNotFoundResponse({ description: 'Nothing is recorded of such a record.' })
  trail(
    @CurrentUser() user: SignedInUser,
    @Param('table') table: string,
    @Param('id') id: string,
    @Query({ schema: auditQuerySchema }) query: AuditQuery,
  ) {
    return this.audit.trail(user, table, id, query);
  }
}
