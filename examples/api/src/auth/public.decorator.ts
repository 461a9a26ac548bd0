import { SetMetadata } from '@nestjs/common';

export const PUBLIC = 'example:public';

/** Allows calls of a handler without a bearer token. */
export const Public = () => SetMetadata(PUBLIC, true);
