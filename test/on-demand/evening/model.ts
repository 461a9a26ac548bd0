/**
 * What one venue does in an hour of an evening. OpenKJ asks for the serial every 30 seconds, its default; the other
 * rates are assumptions.
 */
export const perVenueAndHour = {
  /** OpenKJ asks whether anything has changed: its key is looked up, and the serial is read. */
  poll: 120,
  /** A singer asks for a song. */
  request: 15,
  /** OpenKJ reads the queue after the serial has changed. */
  queue: 15,
  /** The host takes a request off the queue. */
  process: 15,
  /** A singer types in the search; about six searches for each request. */
  search: 90,
  /** One venue in twenty uploads its catalogue once in an evening of four hours. */
  upload: 1 / 80,
} as const;

export type Kind = keyof typeof perVenueAndHour;
export const kinds = Object.keys(perVenueAndHour) as Kind[];

/** How often a kind of work comes from all venues, per second. */
export function rateOf(kind: Kind, venues: number): number {
  return (perVenueAndHour[kind] * venues) / 3600;
}
