import {
  BadRequestException,
  Body,
  Controller,
  ForbiddenException,
  Get,
  HttpCode,
  Post,
  Res,
  UseGuards,
} from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { CurrentUser } from '../auth/current-user.decorator.js';
import { PageSessionGuard } from '../auth/page-session.guard.js';
import { Public } from '../auth/public.decorator.js';
import type { SignedInUser } from '../auth/signed-in-user.js';
import { Impersonations } from '../impersonation/impersonations.js';
import type { BrowserResponse } from './browser.js';
import { PageHeaders } from './page-headers.decorator.js';
import { html, page, problem } from './page.js';
import { SameSiteGuard } from './same-site.guard.js';
import { actingFormSchema, type ActingForm } from './sign-in.schemas.js';

/** The form with which a browser's session acts for a customer. Programs use `POST /impersonation`. */
@ApiExcludeController()
@Public()
@UseGuards(SameSiteGuard, PageSessionGuard)
@Controller('acting')
export class ActingController {
  constructor(private readonly impersonations: Impersonations) {}

  @Get()
  @PageHeaders()
  form(@CurrentUser() user: SignedInUser): string {
    return actingPage(user);
  }

  @Post()
  @HttpCode(200)
  @PageHeaders()
  async submit(
    @CurrentUser() user: SignedInUser,
    @Body({ schema: actingFormSchema }) { email, reason }: ActingForm,
    @Res({ passthrough: true }) response: BrowserResponse,
  ): Promise<string | void> {
    if (user.impersonation !== undefined) {
      await this.impersonations.end(user.sessionId);
    } else {
      if (!user.permissions.has('customers:update')) {
        throw new ForbiddenException('You lack the permission customers:update.');
      }
      try {
        await this.impersonations.begin(user.sessionId, email ?? '', reason ?? '');
      } catch (error) {
        if (!(error instanceof BadRequestException)) throw error;
        response.status(400);
        return actingPage(user, error.message);
      }
    }
    response.redirect(303, '/audit');
  }
}

function actingPage({ email, name, impersonation }: SignedInUser, message?: string): string {
  const back = html`<p><a href="/audit">Back to the audit trail</a></p>`;
  if (impersonation !== undefined) {
    return page(
      'Acting for a customer',
      html`<p>You act for ${name ?? email}: ${impersonation.reason}</p>
        <form method="post" action="/acting"><button>Stop acting</button></form>
        ${back}`,
    );
  }
  return page(
    'Act for a customer',
    html`${problem(message)}
      <p>
        For half an hour, you see and change what the customer may. Your name is recorded with each
        change.
      </p>
      <form method="post" action="/acting">
        <label for="email">The customer's e-mail address</label>
        <input id="email" name="email" type="email" required maxlength="254" />
        <label for="reason">Reason</label>
        <input id="reason" name="reason" required maxlength="200" />
        <button>Begin</button>
      </form>
      ${back}`,
  );
}
