import { singerId, userId, venueId } from '../data/fixtures.js';

export const connections = 8;

/** The number of customers whose venues the requests are for. */
export const customers = 20;

/** The values of a row of `requests`. */
export interface RequestValues {
  venueId: string;
  singerProfileId: string;
  submittedByUserId: string;
  artist: string;
  title: string;
}

/** Runs this many transactions, as many at once as there are connections. */
export async function concurrently(
  count: number,
  transact: (request: RequestValues, place: number) => Promise<unknown>,
): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < count) {
      const place = next++;
      await transact(requestValues(place), place);
    }
  };
  await Promise.all(Array.from({ length: connections }, worker));
}

function requestValues(place: number): RequestValues {
  return {
    venueId: venueId(place % customers),
    singerProfileId: singerId(place % customers),
    submittedByUserId: userId(place % customers),
    artist: 'Queen',
    title: 'Bohemian Rhapsody',
  };
}
