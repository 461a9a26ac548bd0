import { DomainRepository } from '../../common/domain.repository.js';
import { isUuid } from '../../../engine/common/uuid.js';
import { onPrimary } from '../../../engine/connection/on-primary.js';
import { CustomerProfileNotFoundError } from '../../identity/errors.js';
import { State } from '../entities/state.entity.js';
import { moveSerialOf } from '../../common/serial.js';

/** The serials that OpenKJ polls. Each customer has one; it changes with every change that OpenKJ must see. */
export class StateRepository extends DomainRepository<State> {
  /** The customer's serial as a decimal string; `0` when it has never been incremented. */
  async currentSerial(customerProfileId: string): Promise<string> {
    if (!isUuid(customerProfileId)) return '0';
    const state = await onPrimary(() => this.findOneBy({ customerProfileId }));
    return state?.serial ?? '0';
  }

  /**
   * Increments the customer's serial, or creates it, and returns it. Call it in the transaction of the
   * change that it announces: other increments of this serial wait until that transaction ends.
   *
   * @throws CustomerProfileNotFoundError
   */
  async moveSerial(customerProfileId: string): Promise<string> {
    const [moved] = isUuid(customerProfileId)
      ? await this.query(
          `WITH customer AS (
             SELECT customer_profiles_id FROM customer_profiles WHERE customer_profiles_id = $1
           ), moved AS (${moveSerialOf('customer')})
           SELECT serial FROM moved`,
          [customerProfileId],
        )
      : [];
    if (moved === undefined) throw new CustomerProfileNotFoundError(customerProfileId);
    return moved.serial;
  }
}
