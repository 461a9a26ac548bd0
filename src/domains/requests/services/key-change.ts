/** The largest key change: two octaves. */
export const mostSemitones = 24;

/** Whether a number is a valid key change: whole semitones, up or down. */
export function isWholeSemitones(keyChange: number): boolean {
  return Number.isInteger(keyChange) && Math.abs(keyChange) <= mostSemitones;
}
