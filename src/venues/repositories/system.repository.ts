import { Repository } from 'typeorm';
import { System } from '../entities/system.entity.js';

export class SystemRepository extends Repository<System> {
  /** The customer's system with this number in OpenKJ. */
  findByOpenkjId(customerProfileId: string, openkjSystemId: number): Promise<System | null> {
    return this.findOneBy({ customerProfileId, openkjSystemId });
  }
}
