import { Controller, Get } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { HealthCheck, HealthCheckService } from '@nestjs/terminus';
import { DatabaseHealthIndicator, SkipOverload } from '@singr/database';
import { Public } from '../auth/public.decorator.js';

@ApiTags('health')
@Controller('health')
export class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly database: DatabaseHealthIndicator,
  ) {}

  @Get()
  @Public()
  @SkipOverload()
  @ApiOperation({
    summary: 'Health',
    description: '200 if the database answers, has PostGIS and is migrated; otherwise 503.',
  })
  @HealthCheck()
  check() {
    return this.health.check([() => this.database.check()]);
  }
}
