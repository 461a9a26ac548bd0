import { InvalidWindowError } from './errors/invalid-window.error.js';

/** A window of time, in UTC. */
export interface TimeWindow {
  from: Date;
  /** The first moment after the window. Default: without an end. */
  to?: Date;
}

/** The bounds as PostgreSQL takes them. @throws InvalidWindowError */
export function checkWindow({ from, to }: TimeWindow): { from: Date; to: Date | 'infinity' } {
  if (!isTime(from) || !(to === undefined || (isTime(to) && from <= to))) {
    throw new InvalidWindowError();
  }
  return { from, to: to ?? 'infinity' };
}

function isTime(value: unknown): boolean {
  return value instanceof Date && !Number.isNaN(value.getTime());
}
