import { DomainRepository } from '../../common/domain.repository.js';
import { isOpenkjNumber } from '../../common/openkj-number.js';
import { isUuid } from '../../../engine/common/uuid.js';
import { System } from '../entities/system.entity.js';

export class SystemRepository extends DomainRepository<System> {
  /** Finds the customer's system with this OpenKJ number. */
  async findByOpenkjId(customerProfileId: string, openkjSystemId: number): Promise<System | null> {
    if (!isUuid(customerProfileId) || !isOpenkjNumber(openkjSystemId)) return null;
    return this.findOneBy({ customerProfileId, openkjSystemId });
  }
}
