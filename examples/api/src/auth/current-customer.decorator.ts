import { createParamDecorator, type ExecutionContext, ForbiddenException } from '@nestjs/common';
import type { ApiRequest } from './api-request.js';

/** The customer profile that the signed-in user owns, as a handler's parameter: its id. */
export const CurrentCustomer = createParamDecorator((_data: unknown, context: ExecutionContext) => {
  const { user } = context.switchToHttp().getRequest<ApiRequest>();
  if (user?.customerProfileId === undefined) {
    throw new ForbiddenException('You own no customer profile.');
  }
  return user.customerProfileId;
});
