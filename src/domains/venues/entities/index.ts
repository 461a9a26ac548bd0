import { State } from './state.entity.js';
import { System } from './system.entity.js';
import { Venue } from './venue.entity.js';

/** The tables of this domain. */
export const venuesEntities = [Venue, System, State];
