import { BadRequestException, Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { AuditService, CustomerProfile, User } from '@singr/database';
import type { Repository } from 'typeorm';

/** How long a member of staff may act for a customer, in milliseconds: half an hour. */
const longest = 30 * 60 * 1000;

/** For whom a session acts, until when and why. */
export interface Impersonation {
  readonly userId: string;
  readonly reason: string;
  readonly endsAt: Date;
}

/**
 * The sessions that act for a customer. They are kept in this process; several processes need a shared store.
 * The trail has each beginning and end, with the member of staff as its actor.
 */
@Injectable()
export class Impersonations {
  private readonly bySession = new Map<string, Impersonation>();

  constructor(
    @InjectRepository(CustomerProfile) private readonly customers: Repository<CustomerProfile>,
    private readonly audit: AuditService,
  ) {}

  /** The impersonation of a session, if there is one and its time is not over. */
  of(sessionId: string): Impersonation | undefined {
    const found = this.bySession.get(sessionId);
    if (found === undefined || found.endsAt > new Date()) return found;
    this.bySession.delete(sessionId);
    return undefined;
  }

  /** @throws BadRequestException when the address is not that of a customer */
  async begin(sessionId: string, email: string, reason: string): Promise<Impersonation> {
    const customer = await this.customers.findOneBy({ user: { email: email.toLowerCase() } });
    if (customer === null) throw new BadRequestException('No customer has this e-mail address.');
    const { userId } = customer;
    const details = { reason };
    await this.audit.record({ action: 'impersonation.begun', subject: User, id: userId, details });
    const impersonation = { userId, reason, endsAt: new Date(Date.now() + longest) };
    this.bySession.set(sessionId, impersonation);
    return impersonation;
  }

  async end(sessionId: string): Promise<void> {
    const ended = this.bySession.get(sessionId);
    if (ended === undefined) return;
    this.bySession.delete(sessionId);
    const { userId } = ended;
    await this.audit.record({ action: 'impersonation.ended', subject: User, id: userId });
  }
}
