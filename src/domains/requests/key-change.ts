/** Two octaves: nobody sings that far from the original. */
export const mostSemitones = 24;

/** Whether a number is whole semitones, up or down. */
export function isWholeSemitones(keyChange: number): boolean {
  return Number.isInteger(keyChange) && Math.abs(keyChange) <= mostSemitones;
}
