import { applyDecorators, UseGuards } from '@nestjs/common';
import { ApiSecurity, ApiUnauthorizedResponse } from '@nestjs/swagger';
import { ApiKeyGuard } from './api-key.guard.js';
import { Public } from './public.decorator.js';

/** Allows calls of handlers with a customer's API key instead of a bearer token. */
export const ForPrograms = () =>
  applyDecorators(
    Public(),
    UseGuards(ApiKeyGuard),
    ApiSecurity('key'),
    ApiUnauthorizedResponse({ description: 'The API key is missing or no longer valid.' }),
  );
