import { Controller, Get, Param, Query } from '@nestjs/common';
import {
  ApiBadRequestResponse,
  ApiBearerAuth,
  ApiForbiddenResponse,
  ApiGoneResponse,
  ApiNotFoundResponse,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiTags,
  ApiUnauthorizedResponse,
} from '@nestjs/swagger';
import { CurrentUser } from '../auth/current-user.decorator.js';
import type { SignedInUser } from '../auth/signed-in-user.js';
import {
  auditQuerySchema,
  auditRecordsSchema,
  auditTablesSchema,
  auditTrailSchema,
  blameSchema,
  diffQuerySchema,
  diffSchema,
  recordsQuerySchema,
  stateQuerySchema,
  stateSchema,
} from './audit.schemas.js';
import type { AuditQuery, DiffQuery, RecordsQuery, StateQuery } from './audit.schemas.js';
import { ApiRecord } from './api-record.decorator.js';
import { TrailService } from './trail.service.js';

@ApiTags('audit')
@ApiBearerAuth()
@ApiUnauthorizedResponse({ description: 'The bearer token is missing or no longer valid.' })
@Controller('audit')
export class AuditController {
  constructor(private readonly trails: TrailService) {}

  @Get('tables')
  @ApiOperation({ summary: 'The tables whose trail the user may read' })
  @ApiOkResponse({ standardSchema: auditTablesSchema, description: 'Their names, sorted.' })
  tables(@CurrentUser() user: SignedInUser) {
    return this.trails.tables(user);
  }

  @Get(':table')
  @ApiOperation({
    summary: 'The most recently changed records of a table',
    description: 'The latest change first. Customers see their own venues.',
  })
  @ApiParam({ name: 'table', example: 'venues' })
  @ApiOkResponse({ standardSchema: auditRecordsSchema, description: 'Records, each once.' })
  @ApiNotFoundResponse({ description: 'The table is not audited.' })
  records(
    @CurrentUser() user: SignedInUser,
    @Param('table') table: string,
    @Query({ schema: recordsQuerySchema }) query: RecordsQuery,
  ) {
    return this.trails.records(user, table, query);
  }

  @Get(':table/:id')
  @ApiOperation({
    summary: 'The audit trail of a record',
    description:
      'Newest first. Administrators read any trail, customers those of their own venues, ' +
      'also after a venue was deleted.',
  })
  @ApiRecord()
  @ApiOkResponse({ standardSchema: auditTrailSchema, description: 'The entries of the record.' })
  @ApiForbiddenResponse({ description: "The record is not one of the user's own venues." })
  @ApiNotFoundResponse({ description: 'The trail has no entry of the record.' })
  trail(
    @CurrentUser() user: SignedInUser,
    @Param('table') table: string,
    @Param('id') id: string,
    @Query({ schema: auditQuerySchema }) query: AuditQuery,
  ) {
    return this.trails.trail(user, table, id, query);
  }

  @Get(':table/:id/blame')
  @ApiOperation({ summary: 'Who last set each value of a record' })
  @ApiRecord()
  @ApiOkResponse({ standardSchema: blameSchema, description: 'The columns of the record.' })
  @ApiForbiddenResponse({ description: "The record is not one of the user's own venues." })
  blame(@CurrentUser() user: SignedInUser, @Param('table') table: string, @Param('id') id: string) {
    return this.trails.blame(user, table, id);
  }

  @Get(':table/:id/at')
  @ApiOperation({ summary: 'A record as it was at a time' })
  @ApiRecord()
  @ApiOkResponse({ standardSchema: stateSchema, description: 'The record at that time.' })
  @ApiBadRequestResponse({ description: 'The time is not valid.' })
  @ApiForbiddenResponse({ description: "The record is not one of the user's own venues." })
  @ApiGoneResponse({ description: 'The entries of that time have been pruned.' })
  at(
    @CurrentUser() user: SignedInUser,
    @Param('table') table: string,
    @Param('id') id: string,
    @Query({ schema: stateQuerySchema }) query: StateQuery,
  ) {
    return this.trails.at(user, table, id, query);
  }

  @Get(':table/:id/diff')
  @ApiOperation({ summary: 'The differences of a record between two moments' })
  @ApiRecord()
  @ApiOkResponse({ standardSchema: diffSchema, description: 'The columns that differ.' })
  @ApiBadRequestResponse({ description: 'A moment is not a valid time or sequence.' })
  @ApiForbiddenResponse({ description: "The record is not one of the user's own venues." })
  @ApiNotFoundResponse({ description: 'The record has no such entry.' })
  @ApiGoneResponse({ description: 'The entries of that time have been pruned.' })
  diff(
    @CurrentUser() user: SignedInUser,
    @Param('table') table: string,
    @Param('id') id: string,
    @Query({ schema: diffQuerySchema }) query: DiffQuery,
  ) {
    return this.trails.diff(user, table, id, query);
  }
}
