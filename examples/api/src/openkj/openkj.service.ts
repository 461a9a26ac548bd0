import { Injectable, NotFoundException } from '@nestjs/common';
import {
  EntitlementService,
  RequestRepository,
  RequestService,
  StateRepository,
  type Venue,
  VenueRepository,
  VenueService,
} from '@singr/database';
import { OpenKjCatalogue } from './openkj-catalogue.js';
import type { Command, VenueCommand } from './openkj.schemas.js';
import { openKjRequest, requestNumber } from './openkj-request.js';

/** Runs OpenKJ's commands for the customer who owns the key. */
@Injectable()
export class OpenKjService {
  constructor(
    private readonly states: StateRepository,
    private readonly venues: VenueRepository,
    private readonly venueService: VenueService,
    private readonly requests: RequestRepository,
    private readonly requestService: RequestService,
    private readonly entitlements: EntitlementService,
    private readonly catalogue: OpenKjCatalogue,
  ) {}

  /** Returns the fields of the answer that are specific to the command. */
  async answer(customerProfileId: string, command: Command): Promise<object> {
    if ('venue_id' in command) {
      return this.answerAt(await this.findVenue(customerProfileId, command.venue_id), command);
    }
    switch (command.command) {
      case 'getSerial':
        return this.serial(customerProfileId);
      case 'getVenues':
        return { venues: await this.listVenues(customerProfileId) };
      case 'getAlert':
        // OpenKJ requests the alert every 10 minutes, and shows it in a window each time.
        return { alert: false, title: '', message: '' };
      case 'getEntitledSystemCount':
        return { count: await this.countSystems(customerProfileId) };
      case 'clearDatabase':
        return this.catalogue.clear(customerProfileId, command.system_id);
      case 'addSongs':
        return this.catalogue.add(customerProfileId, command);
    }
  }

  private async answerAt(venue: Venue, command: VenueCommand): Promise<object> {
    const { id, customerProfileId } = venue;
    switch (command.command) {
      case 'getRequests':
        return this.queue(venue);
      case 'deleteRequest':
        return this.takeOff(venue, command.request_id);
      case 'clearRequests':
        return this.serial(customerProfileId, await this.requestService.clear(id));
      case 'setAccepting': {
        const change = await this.venueService.setAcceptingRequests(id, command.accepting);
        return this.serial(customerProfileId, change);
      }
    }
  }

  /** The serial after a change, or the current one when nothing was changed. */
  private async serial(
    customerProfileId: string,
    change: { serial: number | null } = { serial: null },
  ) {
    return { serial: change.serial ?? (await this.states.currentSerial(customerProfileId)) };
  }

  private async listVenues(customerProfileId: string) {
    const venues = await this.venues.findOfCustomer(customerProfileId);
    return venues.map(({ openkjVenueId, name, urlName, acceptingRequests }) => ({
      venue_id: openkjVenueId,
      name,
      url_name: urlName,
      accepting: acceptingRequests,
    }));
  }

  private async queue({ id, customerProfileId }: Venue) {
    // Read the serial first: a request that is submitted in between then has a later serial.
    const { serial } = await this.serial(customerProfileId);
    const requests = await this.requests.findOpen(id);
    return { requests: requests.map(openKjRequest), serial };
  }

  /** Does nothing when the request is not in the queue. OpenKJ then fetches the queue again. */
  private async takeOff({ id, customerProfileId }: Venue, number: number) {
    const requests = await this.requests.findOpen(id);
    const request = requests.find((open) => requestNumber(open) === number);
    const change = request && (await this.requestService.process(id, request.id));
    return this.serial(customerProfileId, change);
  }

  /** OpenKJ lets the host choose a system number up to this count, so it must be at least 1. */
  private async countSystems(customerProfileId: string): Promise<number> {
    return Math.max(await this.entitlements.countSystems(customerProfileId), 1);
  }

  /** @throws NotFoundException also for a venue of another customer */
  private async findVenue(customerProfileId: string, number: number): Promise<Venue> {
    const venue = await this.venues.findByOpenkjId(customerProfileId, number);
    if (venue === null) {
      throw new NotFoundException(`You have no venue with the number ${number}. Choose a venue.`);
    }
    return venue;
  }
}
