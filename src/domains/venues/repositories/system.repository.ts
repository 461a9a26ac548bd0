import { DomainRepository } from '../../common/domain.repository.js';
import { isOpenkjNumber } from '../../common/openkj-number.js';
import { isUuid } from '../../../engine/common/uuid.js';
import { System } from '../entities/system.entity.js';
import { Venue } from '../entities/venue.entity.js';

/**
 * The system is locked as by a foreign key check. A concurrent removal of the system waits, and then finds
 * the venue. If the removal came first, this statement waits, and then finds no system.
 */
const setActive = `
  WITH venue AS (
    SELECT venues_id, customer_profiles_id FROM venues WHERE venues_id = $1
  ), system AS (
    SELECT FROM systems
    WHERE customer_profiles_id = (SELECT customer_profiles_id FROM venue) AND openkj_system_id = $2
    FOR KEY SHARE
  ), named AS (
    SELECT $2::integer IS NULL OR EXISTS (SELECT FROM system) AS has_system
  ), changed AS (
    UPDATE venues SET active_openkj_system_id = $2
    WHERE venues_id = $1 AND active_openkj_system_id IS DISTINCT FROM $2
      AND (SELECT has_system FROM named)
    RETURNING 1
  )
  SELECT EXISTS (SELECT FROM venue) AS "hasVenue", has_system AS "hasSystem",
    EXISTS (SELECT FROM changed) AS changed
  FROM named`;

/** The lowest number from 1 that none of the customer's systems has. */
const lowestFreeNumber = `
  SELECT min(number) AS number
  FROM (
    SELECT 1 AS number
    UNION ALL
    SELECT openkj_system_id + 1 FROM systems
    WHERE customer_profiles_id = $1 AND openkj_system_id < 2147483647
  ) AS candidates
  WHERE NOT EXISTS (
    SELECT FROM systems WHERE customer_profiles_id = $1 AND openkj_system_id = number
  )`;

/** The outcome of setting a venue's active system. */
export interface ActivationOutcome {
  readonly hasVenue: boolean;
  readonly hasSystem: boolean;
  readonly changed: boolean;
}

export class SystemRepository extends DomainRepository<System> {
  /** Finds the customer's system with this OpenKJ number. */
  async findByOpenkjId(customerProfileId: string, openkjSystemId: number): Promise<System | null> {
    if (!isUuid(customerProfileId) || !isOpenkjNumber(openkjSystemId)) return null;
    return this.findOneBy({ customerProfileId, openkjSystemId });
  }

  /** Finds the system that runs at a venue; null when none runs there, or the venue does not exist. */
  async findActive(venueId: string): Promise<System | null> {
    if (!isUuid(venueId)) return null;
    return this.createQueryBuilder('system')
      .innerJoin(Venue, 'venue', 'venue.activeOpenkjSystemId = system.openkjSystemId')
      .where('venue.customerProfileId = system.customerProfileId')
      .andWhere('venue.id = :venueId', { venueId })
      .getOne();
  }

  /**
   * Finds the lowest number from 1 that is free; null when there is none.
   *
   * @internal
   */
  async findFreeNumber(customerProfileId: string): Promise<number | null> {
    const [row] = await this.query<{ number: number | null }[]>(lowestFreeNumber, [
      customerProfileId,
    ]);
    return row!.number;
  }

  /**
   * Inserts a system; null when its number is taken. A conflict does not fail the statement.
   *
   * @internal
   */
  insertIfAbsent(system: Partial<System>): Promise<System | null> {
    return this.write(this.createQueryBuilder().insert().values(system).orIgnore());
  }

  /**
   * Renames a system; null when it does not exist.
   *
   * @internal
   */
  rename(id: string, name: string): Promise<System | null> {
    return this.write(
      this.createQueryBuilder().update().set({ name }).where('systems_id = :id', { id }),
    );
  }

  /**
   * Reads a system, and locks it until the transaction ends, as its removal would.
   *
   * @internal
   */
  lock(id: string): Promise<System | null> {
    return this.createQueryBuilder('system')
      .where('system.id = :id', { id })
      .setLock('pessimistic_write')
      .getOne();
  }

  /**
   * Sets the active system of a venue, or none, by its number.
   *
   * @internal
   */
  async setActive(venueId: string, openkjSystemId: number | null): Promise<ActivationOutcome> {
    const [outcome] = await this.query<ActivationOutcome[]>(setActive, [venueId, openkjSystemId]);
    return outcome!;
  }

  /**
   * Deletes a locked system. The venues where it was active have no active system then.
   *
   * @internal
   */
  async deleteLocked({ id, customerProfileId, openkjSystemId }: System): Promise<void> {
    await this.manager.update(
      Venue,
      { customerProfileId, activeOpenkjSystemId: openkjSystemId },
      { activeOpenkjSystemId: null },
    );
    await this.delete(id);
  }
}
