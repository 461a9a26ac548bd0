import { applyDecorators, Header } from '@nestjs/common';

/** Headers of the pages with forms. They load nothing from elsewhere, and no other page may frame them. */
export const PageHeaders = () =>
  applyDecorators(
    Header(
      'content-security-policy',
      "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'",
    ),
    Header('x-content-type-options', 'nosniff'),
    Header('x-frame-options', 'DENY'),
    Header('referrer-policy', 'same-origin'),
    Header('cache-control', 'no-store'),
  );
