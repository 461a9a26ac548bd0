import { SetMetadata, type CustomDecorator } from '@nestjs/common';

export const SKIP_OVERLOAD = Symbol('singr:skip-overload');

/**
 * Makes `OverloadGuard` admit the requests of a handler or of all handlers of a controller, such as health
 * checks and pages without a query.
 *
 * @param skip false for a handler that is guarded in a controller that is not
 */
export const SkipOverload = (skip = true): CustomDecorator<symbol> =>
  SetMetadata(SKIP_OVERLOAD, skip);
