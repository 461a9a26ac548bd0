import { DomainRepository } from '../../common/domain.repository.js';
import { isUuid } from '../../../engine/common/uuid.js';
import { onPrimary } from '../../../engine/connection/on-primary.js';
import { CustomerProfileNotFoundError } from '../../identity/errors.js';
import { State } from '../entities/state.entity.js';
import { firstSerial, moveSerialOf, toldSerial } from '../../common/serial.js';

/** The serials that OpenKJ polls. Each customer has one; it changes with every change that OpenKJ must see. */
export class StateRepository extends DomainRepository<State> {
  /**
   * The customer's serial as OpenKJ is told it: 1 to 2147483647, never 0. It is 1 when it has never been
   * incremented.
   */
  async currentSerial(customerProfileId: string): Promise<number> {
    if (!isUuid(customerProfileId)) return firstSerial;
    const [state] = await onPrimary(() =>
      this.query<{ serial: number }[]>(
        `SELECT ${toldSerial('serial')} AS serial FROM state WHERE customer_profiles_id = $1`,
        [customerProfileId],
      ),
    );
    return state?.serial ?? firstSerial;
  }

  /**
   * Increments the customer's serial, or creates it, and returns it as OpenKJ is told it. Call it in the
   * transaction of a change that OpenKJ must see and that no service of this package made. Other increments
   * of this serial wait until that transaction ends.
   *
   * @throws CustomerProfileNotFoundError
   */
  async moveSerial(customerProfileId: string): Promise<number> {
    const [moved] = isUuid(customerProfileId)
      ? await this.query<{ serial: number }[]>(
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
