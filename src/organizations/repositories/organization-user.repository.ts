import { Repository } from 'typeorm';
import { OrganizationUser } from '../entities/organization-user.entity.js';

export class OrganizationUserRepository extends Repository<OrganizationUser> {
  /** The user's membership in the customer's organization, whatever its status. */
  findMembership(customerProfileId: string, userId: string): Promise<OrganizationUser | null> {
    return this.findOneBy({ customerProfileId, userId });
  }
}
