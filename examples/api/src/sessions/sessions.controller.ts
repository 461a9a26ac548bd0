import { Body, Controller, Delete, Get, HttpCode, Post, UseGuards } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
  ApiTooManyRequestsResponse,
  ApiUnauthorizedResponse,
} from '@nestjs/swagger';
import { ThrottlerGuard } from '@nestjs/throttler';
import { NoTransaction, PasswordService, SessionService } from '@singr/database';
import { CurrentUser } from '../auth/current-user.decorator.js';
import { Public } from '../auth/public.decorator.js';
import type { SignedInUser } from '../auth/signed-in-user.js';
import { currentSessionSchema, openedSessionSchema, signInSchema } from './sessions.schemas.js';
import type { SignIn } from './sessions.schemas.js';

@ApiTags('sessions')
@Controller('sessions')
export class SessionsController {
  constructor(
    private readonly passwords: PasswordService,
    private readonly sessions: SessionService,
  ) {}

  /** Outside a transaction, so that no connection is held while the password is checked. */
  @Post()
  @Public()
  @UseGuards(ThrottlerGuard)
  @NoTransaction()
  @ApiOperation({ summary: 'Sign in', description: 'Returns a bearer token for the other calls.' })
  @ApiCreatedResponse({ standardSchema: openedSessionSchema, description: 'The new session.' })
  @ApiUnauthorizedResponse({ description: 'The e-mail address or the password is wrong.' })
  @ApiTooManyRequestsResponse({
    description: 'Too many attempts, from this address or for this account.',
  })
  async signIn(@Body({ schema: signInSchema }) { email, password }: SignIn) {
    const user = await this.passwords.authenticate(email, password);
    const { token, session } = await this.sessions.create(user.id);
    return { token, expiresAt: session.expiresAt };
  }

  @Get('current')
  @ApiBearerAuth()
  @ApiOperation({ summary: 'Get the signed-in user' })
  @ApiOkResponse({ standardSchema: currentSessionSchema, description: 'The signed-in user.' })
  current(@CurrentUser() user: SignedInUser) {
    const { id, email, name, permissions } = user;
    const {
      customerProfileId = null,
      singerProfileId = null,
      impersonatedBy,
      impersonation,
    } = user;
    return {
      id,
      email,
      name,
      customerProfileId,
      singerProfileId,
      permissions: [...permissions].sort(),
      impersonation:
        impersonatedBy && impersonation
          ? { by: impersonatedBy.name ?? impersonatedBy.email, ...impersonation }
          : null,
    };
  }

  @Delete('current')
  @HttpCode(204)
  @ApiBearerAuth()
  @ApiOperation({ summary: 'Sign out', description: 'The bearer token is no longer valid.' })
  @ApiNoContentResponse({ description: 'The session is over.' })
  async signOut(@CurrentUser() user: SignedInUser): Promise<void> {
    await this.sessions.revoke(user.sessionId);
  }
}
