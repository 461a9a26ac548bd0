import { z } from 'zod';
import { venueSchema } from './venues.schemas.js';

/** Ranges are checked by `VenueRepository.nearby()`, whose errors say what to do. */
export const nearbyQuerySchema = z.strictObject({
  longitude: z.coerce.number().meta({ example: -86.78 }),
  latitude: z.coerce.number().meta({ example: 36.16 }),
  radiusMetres: z.coerce.number().default(5000),
  limit: z.coerce.number().default(25),
  onlyAccepting: z.stringbool().default(true).describe('Leaves out venues that are closed.'),
});
export type NearbyQuery = z.output<typeof nearbyQuerySchema>;

export const nearbySchema = z.array(
  z.object({ venue: venueSchema, distanceMetres: z.number().meta({ example: 412.7 }) }),
);
