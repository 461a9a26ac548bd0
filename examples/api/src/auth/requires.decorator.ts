import { applyDecorators, SetMetadata } from '@nestjs/common';
import { ApiForbiddenResponse } from '@nestjs/swagger';

export const REQUIRED_PERMISSION = 'example:required-permission';

/** Restricts a handler to users with a permission, such as `venues:update`. */
export const Requires = (permission: string) =>
  applyDecorators(
    SetMetadata(REQUIRED_PERMISSION, permission),
    ApiForbiddenResponse({ description: `The user lacks the permission ${permission}.` }),
  );
