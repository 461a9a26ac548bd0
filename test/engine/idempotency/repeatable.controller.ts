import {
  Body,
  ConflictException,
  Controller,
  Get,
  Param,
  Post,
  Res,
  Sse,
  StreamableFile,
} from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Idempotent, NoTransaction, Role, Transactional } from '@singr/database';
import { of } from 'rxjs';
import type { Repository } from 'typeorm';
import { Signal } from '../transaction/control.js';

/** Headers of Express and Fastify. */
interface Response {
  header(name: string, value: string | string[]): unknown;
  status(code: number): unknown;
}

/** What the handlers below wait for and how often they fail, set by tests. */
export const control = {
  runs: 0,
  failures: 0,
  /** Given when a handler has written. */
  hasWritten: new Signal(),
  mayEnd: undefined as Signal | undefined,
};

@Controller('roles')
export class RepeatableController {
  constructor(@InjectRepository(Role) private readonly roles: Repository<Role>) {}

  private async save(slug: string) {
    const { id } = await this.roles.save({ slug });
    control.runs++;
    control.hasWritten.give();
    await control.mayEnd?.given;
    if (control.failures-- > 0) throw new ConflictException('not now');
    return { id, slug, at: new Date() };
  }

  @Post()
  @Idempotent()
  async add(@Body() { slug }: { slug: string }, @Res({ passthrough: true }) response: Response) {
    const role = await this.save(slug);
    response.status(202);
    response.header('Location', `/roles/${slug}`);
    response.header('Set-Cookie', ['session=secret']);
    return role;
  }

  @Post('observed')
  @Transactional({ isolationLevel: 'SERIALIZABLE', retries: 1 })
  @Idempotent()
  async addAlone(@Body() { slug }: { slug: string }): Promise<string> {
    return (await this.save(slug)).id;
  }

  @Post('of/:group')
  @Idempotent({ required: true, scope: ({ headers }) => headers['x-device'] })
  addTo(@Param('group') group: string) {
    return this.save(group);
  }

  @Post('short')
  @Idempotent({ lifetime: 1 })
  addShortly(@Body() { slug }: { slug: string }) {
    return this.save(slug);
  }

  @Post('nothing')
  @Idempotent()
  async addSilently(@Body() { slug }: { slug: string }): Promise<void> {
    await this.save(slug);
  }

  @Get('create/:slug')
  @Idempotent()
  create(@Param('slug') slug: string) {
    return this.save(slug);
  }

  @Post('large')
  @Idempotent({ maxAnswerBytes: 200 })
  async addLarge(@Body() { slug }: { slug: string }) {
    return { ...(await this.save(slug)), text: 'a'.repeat(200) };
  }

  @Post('file')
  @Idempotent()
  async file(@Body() { slug }: { slug: string }) {
    await this.save(slug);
    return new StreamableFile(Buffer.from('a file'));
  }

  @Post('own')
  @Idempotent()
  own(@Res() response: { send(body: string): void }) {
    response.send('sent');
  }

  @Post('alone')
  @NoTransaction()
  @Idempotent()
  alone() {
    return 'alone';
  }

  @Sse('events')
  @Idempotent()
  events() {
    return of({ data: 'event' });
  }
}
