import {
  Body,
  Controller,
  Get,
  Header,
  HttpCode,
  Post,
  Query,
  Req,
  Res,
  UseGuards,
} from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { ThrottlerGuard } from '@nestjs/throttler';
import {
  InvalidCredentialsError,
  NoTransaction,
  PasswordService,
  SessionService,
  SkipOverload,
} from '@singr/database';
import { Public } from '../auth/public.decorator.js';
import { sessionCookie, sessionCookieOf } from '../auth/session-cookie.js';
import { SignedInUsers } from '../auth/signed-in-users.js';
import type { BrowserRequest, BrowserResponse } from './browser.js';
import { PageHeaders } from './page-headers.decorator.js';
import { html, page, problem, style } from './page.js';
import { localPath } from './local-path.js';
import { SameSiteGuard } from './same-site.guard.js';
import { signInFormSchema, type SignInForm } from './sign-in.schemas.js';

/** The form that signs a browser in, with a cookie. Programs use `POST /sessions`. */
@ApiExcludeController()
@Public()
@UseGuards(SameSiteGuard)
@Controller()
export class SignInController {
  constructor(
    private readonly passwords: PasswordService,
    private readonly sessions: SessionService,
    private readonly users: SignedInUsers,
  ) {}

  @Get('sign-in/style.css')
  @SkipOverload()
  @Header('content-type', 'text/css; charset=utf-8')
  @PageHeaders()
  style(): string {
    return style;
  }

  @Get('sign-in')
  @PageHeaders()
  form(@Query('return') returnTo: unknown): string {
    return signInPage(localPath(returnTo));
  }

  /** Outside a transaction, so that no connection is held while the password is checked. */
  @Post('sign-in')
  @HttpCode(200)
  @UseGuards(ThrottlerGuard)
  @NoTransaction()
  @PageHeaders()
  async signIn(
    @Body({ schema: signInFormSchema }) { email, password, return: returnTo }: SignInForm,
    @Req() request: BrowserRequest,
    @Res({ passthrough: true }) response: BrowserResponse,
  ): Promise<string | void> {
    try {
      const user = await this.passwords.authenticate(email, password);
      const { token, session } = await this.sessions.create(user.id);
      response.setHeader('set-cookie', sessionCookie(token, session.expiresAt, request.secure));
      response.redirect(303, localPath(returnTo));
    } catch (error) {
      if (!(error instanceof InvalidCredentialsError)) throw error;
      response.status(401);
      return signInPage(localPath(returnTo), 'The e-mail address or the password is wrong.', email);
    }
  }

  @Get('sign-out')
  @PageHeaders()
  signOutForm(): string {
    return page(
      'Sign out',
      html`<form method="post" action="/sign-out"><button>Sign out</button></form>
        <p><a href="/audit">Back to the audit trail</a></p>`,
    );
  }

  @Post('sign-out')
  @NoTransaction()
  async signOut(@Req() request: BrowserRequest, @Res() response: BrowserResponse): Promise<void> {
    const token = sessionCookieOf(request);
    const user = token === undefined ? undefined : await this.users.findByToken(token);
    if (user !== undefined) await this.sessions.revoke(user.sessionId);
    response.setHeader('set-cookie', sessionCookie(undefined, new Date(), request.secure));
    response.redirect(303, '/sign-in');
  }
}

function signInPage(returnTo: string, message?: string, email = ''): string {
  return page(
    'Sign in',
    html`${problem(message)}
      <form method="post" action="/sign-in">
        <input type="hidden" name="return" value="${returnTo}" />
        <label for="email">E-mail address</label>
        <input
          id="email"
          name="email"
          type="email"
          value="${email}"
          autocomplete="username"
          required
          maxlength="254"
        />
        <label for="password">Password</label>
        <input
          id="password"
          name="password"
          type="password"
          autocomplete="current-password"
          required
          maxlength="1000"
        />
        <button>Sign in</button>
      </form>`,
  );
}
