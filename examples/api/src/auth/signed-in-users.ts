import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { CustomerProfile, Permission, SessionRepository } from '@singr/database';
import type { Repository } from 'typeorm';
import { hashSessionToken } from './session-token.js';
import type { SignedInUser } from './signed-in-user.js';

/** Finds out who a bearer token belongs to, and what they may do. */
@Injectable()
export class SignedInUsers {
  constructor(
    private readonly sessions: SessionRepository,
    @InjectRepository(Permission) private readonly permissions: Repository<Permission>,
    @InjectRepository(CustomerProfile) private readonly profiles: Repository<CustomerProfile>,
  ) {}

  async findByToken(token: string): Promise<SignedInUser | undefined> {
    const session = await this.sessions.findValid(hashSessionToken(token));
    if (session === null) return undefined;
    const { id, email, name } = session.user;
    const permissions = await this.permissions.findBy({
      rolePermissions: { role: { userRoles: { userId: id } } },
    });
    const profile = await this.profiles.findOneBy({ userId: id });
    return {
      id,
      email,
      name,
      sessionId: session.id,
      permissions: new Set(permissions.map(({ slug }) => slug)),
      customerProfileId: profile?.id,
    };
  }
}
