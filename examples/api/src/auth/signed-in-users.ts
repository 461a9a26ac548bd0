import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import {
  CustomerProfile,
  PermissionRepository,
  SessionService,
  SingerProfile,
  UserRepository,
  type User,
} from '@singr/database';
import type { Repository } from 'typeorm';
import { Impersonations } from '../impersonation/impersonations.js';
import type { SignedInUser } from './signed-in-user.js';

/** Finds the user of a bearer token, and the user's permissions. */
@Injectable()
export class SignedInUsers {
  constructor(
    private readonly sessions: SessionService,
    private readonly users: UserRepository,
    private readonly impersonations: Impersonations,
    private readonly permissions: PermissionRepository,
    @InjectRepository(CustomerProfile) private readonly customers: Repository<CustomerProfile>,
    @InjectRepository(SingerProfile) private readonly singers: Repository<SingerProfile>,
  ) {}

  async findByToken(token: string): Promise<SignedInUser | undefined> {
    const session = await this.sessions.resolve(token);
    if (session === null) return undefined;
    const impersonation = this.impersonations.of(session.id);
    if (impersonation === undefined) return this.describe(session.user, session.id);
    const customer = await this.users.findOneBy({ id: impersonation.userId });
    if (customer === null) return undefined;
    const { id, email, name } = session.user;
    const user = await this.describe(customer, session.id);
    return { ...user, impersonatedBy: { id, email, name }, impersonation };
  }

  private async describe({ id, email, name }: User, sessionId: string): Promise<SignedInUser> {
    const [permissions, customer, singer] = await Promise.all([
      this.permissions.effectivePermissions(id),
      this.customers.findOneBy({ userId: id }),
      this.singers.findOneBy({ userId: id }),
    ]);
    return {
      id,
      email,
      name,
      sessionId,
      permissions,
      customerProfileId: customer?.id,
      singerProfileId: singer?.id,
    };
  }
}
