import { createParamDecorator, type ExecutionContext, ForbiddenException } from '@nestjs/common';
import type { ApiRequest } from './api-request.js';

/** The singer profile of the signed-in user, as a handler's parameter: its id. */
export const CurrentSinger = createParamDecorator((_data: unknown, context: ExecutionContext) => {
  const { user } = context.switchToHttp().getRequest<ApiRequest>();
  if (user?.singerProfileId === undefined) {
    throw new ForbiddenException('You have no singer profile.');
  }
  return user.singerProfileId;
});
