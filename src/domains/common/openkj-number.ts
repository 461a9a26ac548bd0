/** Whether a value is a number that OpenKJ can give a venue or a system: a whole one from 0, of 31 bits. */
export function isOpenkjNumber(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value < 2 ** 31;
}
