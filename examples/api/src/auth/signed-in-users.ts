import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import {
  CustomerProfile,
  PermissionRepository,
  SessionService,
  SingerProfile,
} from '@singr/database';
import type { Repository } from 'typeorm';
import type { SignedInUser } from './signed-in-user.js';

/** Finds the user of a bearer token, and the user's permissions. */
@Injectable()
export class SignedInUsers {
  constructor(
    private readonly sessions: SessionService,
    private readonly permissions: PermissionRepository,
    @InjectRepository(CustomerProfile) private readonly customers: Repository<CustomerProfile>,
    @InjectRepository(SingerProfile) private readonly singers: Repository<SingerProfile>,
  ) {}

  async findByToken(token: string): Promise<SignedInUser | undefined> {
    const session = await this.sessions.resolve(token);
    if (session === null) return undefined;
    const { id, email, name } = session.user;
    const [permissions, customer, singer] = await Promise.all([
      this.permissions.effectivePermissions(id),
      this.customers.findOneBy({ userId: id }),
      this.singers.findOneBy({ userId: id }),
    ]);
    return {
      id,
      email,
      name,
      sessionId: session.id,
      permissions,
      customerProfileId: customer?.id,
      singerProfileId: singer?.id,
    };
  }
}
