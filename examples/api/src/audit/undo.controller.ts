import { Body, Controller, HttpCode, Param, Post } from '@nestjs/common';
import {
  ApiBadRequestResponse,
  ApiBearerAuth,
  ApiConflictResponse,
  ApiGoneResponse,
  ApiNotFoundResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
  ApiUnauthorizedResponse,
  ApiUnprocessableEntityResponse,
} from '@nestjs/swagger';
import { AuditService } from '@singr/database';
import { Requires } from '../auth/requires.decorator.js';
import { ApiRecord } from './api-record.decorator.js';
import {
  restoreSchema,
  undoResultSchema,
  undoSchema,
  undoTransactionSchema,
} from './undo.schemas.js';
import type { Restore, Undo, UndoTransaction } from './undo.schemas.js';

/** Undoes changes of records. Each call is one transaction, is recorded, and can be undone. */
@ApiTags('audit')
@ApiBearerAuth()
@ApiUnauthorizedResponse({ description: 'The bearer token is missing or no longer valid.' })
@ApiBadRequestResponse({ description: 'The body or an id is not valid; the message says why.' })
@ApiConflictResponse({ description: 'Records changed later; `conflicts` names them.' })
@ApiUnprocessableEntityResponse({ description: 'The change cannot be undone; see the message.' })
@Requires('audit:restore')
@Controller('audit')
export class UndoController {
  constructor(private readonly audit: AuditService) {}

  @Post('entries/:sequence/undo')
  @HttpCode(200)
  @ApiOperation({ summary: 'Undo one entry of the trail' })
  @ApiOkResponse({ standardSchema: undoResultSchema, description: 'The changes that were made.' })
  @ApiNotFoundResponse({ description: 'There is no such entry.' })
  undo(@Param('sequence') sequence: string, @Body({ schema: undoSchema }) options: Undo) {
    return this.audit.undo(sequence, options);
  }

  @Post('transactions/:transactionId/undo')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Undo a transaction',
    description: 'All changes of the transaction, in the order that foreign keys require.',
  })
  @ApiOkResponse({ standardSchema: undoResultSchema, description: 'The changes that were made.' })
  @ApiNotFoundResponse({ description: 'The trail has no entry of the transaction.' })
  undoTransaction(
    @Param('transactionId') transactionId: string,
    @Body({ schema: undoTransactionSchema }) options: UndoTransaction,
  ) {
    return this.audit.undoTransaction(transactionId, options);
  }

  @Post(':table/:id/restore')
  @HttpCode(200)
  @ApiOperation({ summary: 'Restore a record to its state at a time' })
  @ApiRecord()
  @ApiOkResponse({ standardSchema: undoResultSchema, description: 'The changes that were made.' })
  @ApiNotFoundResponse({ description: 'The table is not audited.' })
  @ApiGoneResponse({ description: 'The entries of that time have been pruned.' })
  restore(
    @Param('table') table: string,
    @Param('id') id: string,
    @Body({ schema: restoreSchema }) { time, ...options }: Restore,
  ) {
    return this.audit.restore(table, id, time, options);
  }
}
