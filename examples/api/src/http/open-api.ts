import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';

/** Serves the interactive documentation at `/docs`, and its source at `/docs-json`. */
export function serveOpenApi(app: INestApplication): void {
  const description = new DocumentBuilder()
    .setTitle('Singr example API')
    .setDescription(
      'Sign in with POST /sessions, press "Authorize" and paste the token, change a venue, ' +
        'and read who changed it in its audit trail.',
    )
    .setVersion('0.1.0')
    .addBearerAuth({ type: 'http', scheme: 'bearer', bearerFormat: 'opaque' })
    .addApiKey({ type: 'apiKey', in: 'header', name: 'X-Api-Key' }, 'key')
    .build();
  SwaggerModule.setup('docs', app, () => SwaggerModule.createDocument(app, description), {
    swaggerOptions: { persistAuthorization: true },
    customSiteTitle: 'Singr example API',
  });
}
