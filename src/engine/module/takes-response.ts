import type { ExecutionContext } from '@nestjs/common';
import { RESPONSE_PASSTHROUGH_METADATA, ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';

/** `@Res()` and `@Next()` among the parameters that Nest remembers by kind and place. */
const responseParameter = /^[12]:/;

/** Whether an HTTP handler sends the response itself, because it has the parameter `@Res()` or `@Next()`. */
export function takesResponse(context: ExecutionContext): boolean {
  const [controller, handler] = [context.getClass(), context.getHandler().name];
  const parameters: object = Reflect.getMetadata(ROUTE_ARGS_METADATA, controller, handler) ?? {};
  return (
    Object.keys(parameters).some((parameter) => responseParameter.test(parameter)) &&
    Reflect.getMetadata(RESPONSE_PASSTHROUGH_METADATA, controller, handler) !== true
  );
}
