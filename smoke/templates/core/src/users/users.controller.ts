import { randomUUID } from 'node:crypto';
import { Body, Controller, Param, ParseIntPipe, Patch, Post } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import { Session } from './session.entity.js';
import { User } from './user.entity.js';

@Controller('users')
export class UsersController {
  constructor(
    @InjectRepository(User) private readonly users: Repository<User>,
    @InjectRepository(Session) private readonly sessions: Repository<Session>,
  ) {}

  @Patch(':id')
  async rename(
    @Param('id', ParseIntPipe) id: number,
    @Body() body: { name: string },
  ): Promise<User> {
    const user = await this.users.findOneByOrFail({ id });
    return this.users.save(Object.assign(user, { name: body.name }));
  }

  @Post(':id/sessions')
  async signIn(@Param('id', ParseIntPipe) userId: number): Promise<{ id: number }> {
    const { id } = await this.sessions.save({ userId, token: randomUUID() });
    return { id };
  }
}
