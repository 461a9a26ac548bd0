import type { INestApplication } from '@nestjs/common';
import helmet from 'helmet';

/**
 * Headers for every answer: no page may be framed, where a click does something, and none takes anything from
 * elsewhere. Called before anything is served.
 */
export function secureHeaders(app: INestApplication): void {
  app.use(
    helmet({
      contentSecurityPolicy: {
        useDefaults: false,
        directives: {
          defaultSrc: ["'self'"],
          baseUri: ["'none'"],
          formAction: ["'self'"],
          frameAncestors: ["'none'"],
          objectSrc: ["'none'"],
          imgSrc: ["'self'", 'data:'],
          // Swagger UI has styles in its elements.
          styleSrc: ["'self'", "'unsafe-inline'"],
        },
      },
      xFrameOptions: { action: 'deny' },
    }),
  );
}
