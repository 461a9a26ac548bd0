import { Body, Controller, Delete, Get, HttpCode, Post } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
  ApiUnauthorizedResponse,
} from '@nestjs/swagger';
import { NoTransaction } from '@singr/database';
import { CurrentUser } from '../auth/current-user.decorator.js';
import { Public } from '../auth/public.decorator.js';
import type { SignedInUser } from '../auth/signed-in-user.js';
import { currentSessionSchema, openedSessionSchema, signInSchema } from './sessions.schemas.js';
import type { SignIn } from './sessions.schemas.js';
import { SessionsService } from './sessions.service.js';

@ApiTags('sessions')
@Controller('sessions')
export class SessionsController {
  constructor(private readonly sessions: SessionsService) {}

  @Post()
  @Public()
  @NoTransaction()
  @ApiOperation({ summary: 'Sign in', description: 'Gives a bearer token for the other calls.' })
  @ApiCreatedResponse({ standardSchema: openedSessionSchema, description: 'The new session.' })
  @ApiUnauthorizedResponse({ description: 'The e-mail address or the password is wrong.' })
  signIn(@Body({ schema: signInSchema }) signIn: SignIn) {
    return this.sessions.signIn(signIn);
  }

  @Get('current')
  @ApiBearerAuth()
  @ApiOperation({ summary: 'Who is signed in' })
  @ApiOkResponse({ standardSchema: currentSessionSchema, description: 'The signed-in user.' })
  current(@CurrentUser() user: SignedInUser) {
    const { id, email, name, customerProfileId = null, permissions } = user;
    return { id, email, name, customerProfileId, permissions: [...permissions].sort() };
  }

  @Delete('current')
  @HttpCode(204)
  @ApiBearerAuth()
  @ApiOperation({ summary: 'Sign out', description: 'The bearer token is no longer accepted.' })
  @ApiNoContentResponse({ description: 'The session is over.' })
  async signOut(@CurrentUser() user: SignedInUser): Promise<void> {
    await this.sessions.signOut(user.sessionId);
  }
}
