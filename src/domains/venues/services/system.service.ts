import { Injectable } from '@nestjs/common';
import { checkTexts } from '../../../engine/common/check-texts.js';
import type { JsonObject } from '../../../engine/common/json.js';
import { isUuid } from '../../../engine/common/uuid.js';
import { Transactional } from '../../../engine/transaction/transactional.decorator.js';
import { isOpenkjNumber } from '../../common/openkj-number.js';
import { CustomerProfileNotFoundError } from '../../identity/errors.js';
import { InvalidSystemNumberError } from '../../songs/errors.js';
import type { ImportOptions } from '../../songs/import/import-options.js';
import { SongCatalogueService } from '../../songs/services/song-catalogue.service.js';
import type { System } from '../entities/system.entity.js';
import { SystemNotFoundError, SystemNumberTakenError, VenueNotFoundError } from '../errors.js';
import { SystemRepository } from '../repositories/system.repository.js';
import { VenueRepository } from '../repositories/venue.repository.js';

/** The fields of a new system. */
export interface NewSystem {
  customerProfileId: string;
  name: string;
  /** Default: the lowest number from 1 that none of the customer's systems has. */
  openkjSystemId?: number;
  /** Settings in the application's own format. Default: an empty object. */
  configuration?: JsonObject;
}

/** The customers' systems, which are the computers that run OpenKJ, and the venues where they run. */
@Injectable()
export class SystemService {
  constructor(
    private readonly systems: SystemRepository,
    private readonly venues: VenueRepository,
    private readonly catalogues: SongCatalogueService,
  ) {}

  /**
   * Adds a system. A catalogue that was uploaded under its number before becomes the system's. Concurrent
   * calls get different numbers. How many systems a customer may have is for the application to check
   * (`EntitlementService`).
   *
   * @throws CustomerProfileNotFoundError, InvalidSystemNumberError, SystemNumberTakenError
   * @throws InvalidTextError
   */
  @Transactional()
  async create({ customerProfileId, openkjSystemId, ...fields }: NewSystem): Promise<System> {
    if (openkjSystemId !== undefined) checkNumber(openkjSystemId);
    checkTexts(fields);
    if (!isUuid(customerProfileId) || !(await this.venues.lockCustomer(customerProfileId))) {
      throw new CustomerProfileNotFoundError(customerProfileId);
    }
    const number = openkjSystemId ?? (await this.systems.findFreeNumber(customerProfileId));
    if (number === null) throw new SystemNumberTakenError(2 ** 31 - 1);
    const { name, configuration } = fields;
    const system = await this.systems.insertIfAbsent({
      customerProfileId,
      openkjSystemId: number,
      name,
      configuration,
    });
    if (system === null) throw new SystemNumberTakenError(number);
    return system;
  }

  /** Renames a system. @throws SystemNotFoundError, InvalidTextError */
  async rename(systemId: string, name: string): Promise<System> {
    checkTexts({ name });
    const system = isUuid(systemId) ? await this.systems.rename(systemId, name) : null;
    if (system === null) throw new SystemNotFoundError(systemId);
    return system;
  }

  /**
   * Deletes a system and its songs, and returns the number of songs. The venues where it was active have no
   * active system then. It waits for an import of the system's catalogue. A later import creates the
   * catalogue again, without a system.
   *
   * @throws SystemNotFoundError
   * @throws CatalogueBusyError when an import did not end within `patienceMs` (default 60,000)
   * @throws InvalidCountError for a `patienceMs` that is not valid
   */
  @Transactional()
  async remove(systemId: string, options: Pick<ImportOptions, 'patienceMs'> = {}): Promise<number> {
    const system = isUuid(systemId) ? await this.systems.lock(systemId) : null;
    if (system === null) throw new SystemNotFoundError(systemId);
    const { customerProfileId, openkjSystemId } = system;
    const { patienceMs } = options;
    const songs = await this.catalogues.clear({ customerProfileId, openkjSystemId, patienceMs });
    await this.systems.deleteLocked(system);
    return songs;
  }

  /**
   * Sets the system that runs at a venue, by its number in OpenKJ; null for none. A system may be active at
   * several venues. Repeating the call changes nothing. Returns whether anything changed.
   *
   * @throws VenueNotFoundError
   * @throws SystemNotFoundError when the venue's customer has no system with the number
   */
  async setActive(venueId: string, openkjSystemId: number | null): Promise<boolean> {
    if (!isUuid(venueId)) throw new VenueNotFoundError(venueId);
    const isPossible = openkjSystemId === null || isOpenkjNumber(openkjSystemId);
    if (!isPossible) throw new SystemNotFoundError(openkjSystemId);
    const { hasVenue, hasSystem, changed } = await this.systems.setActive(venueId, openkjSystemId);
    if (!hasVenue) throw new VenueNotFoundError(venueId);
    if (!hasSystem) throw new SystemNotFoundError(openkjSystemId!);
    return changed;
  }
}

/** @throws InvalidSystemNumberError */
function checkNumber(openkjSystemId: number): void {
  if (!isOpenkjNumber(openkjSystemId)) throw new InvalidSystemNumberError(openkjSystemId);
}
