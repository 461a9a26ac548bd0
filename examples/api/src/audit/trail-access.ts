import { ForbiddenException, Injectable } from '@nestjs/common';
import { type AuditEntry, AuditService, Venue } from '@singr/database';
import type { SignedInUser } from '../auth/signed-in-user.js';

/** The permission to read the trail of every record. */
const forAnyRecord = 'audit:read';

/** Checks who may read a trail: administrators any trail, customers the trails of their own venues. */
@Injectable()
export class TrailAccess {
  constructor(private readonly audit: AuditService) {}

  readsEverything(user: SignedInUser): boolean {
    return user.permissions.has(forAnyRecord);
  }

  /** @throws ForbiddenException */
  async assertMayRead(user: SignedInUser, table: string, id: string): Promise<void> {
    if (this.readsEverything(user)) return;
    if (table !== 'venues' || !(await this.isOwnVenue(user, id))) {
      throw new ForbiddenException('You may read the trail of your own venues only.');
    }
  }

  /** Whether an entry is about one of the user's own venues. */
  isOwn(user: SignedInUser, { table, before, after }: AuditEntry): boolean {
    const owner = (after ?? before)?.customer_profiles_id;
    return table === 'venues' && owner !== undefined && owner === user.customerProfileId;
  }

  /** It reads the owner from the trail, so that the owner of a deleted venue can read its trail too. */
  private async isOwnVenue(user: SignedInUser, id: string): Promise<boolean> {
    const operations = ['INSERT', 'UPDATE', 'DELETE'];
    const { entries } = await this.audit.history({ entity: Venue, id, operations, limit: 1 });
    return entries.some((entry) => this.isOwn(user, entry));
  }
}
