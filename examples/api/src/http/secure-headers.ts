import type { INestApplication } from '@nestjs/common';
import helmet from 'helmet';

/**
 * Sets headers on every answer. No other page may frame a page of this server, and its pages load nothing
 * from other servers. Call it before anything is served.
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
          // Swagger UI uses inline styles.
          styleSrc: ["'self'", "'unsafe-inline'"],
        },
      },
      xFrameOptions: { action: 'deny' },
    }),
  );
}
