import { SetMetadata } from '@nestjs/common';

export const PUBLIC = 'example:public';

/** Lets a handler be called without a bearer token. */
export const Public = () => SetMetadata(PUBLIC, true);
