/** Whether OpenKJ can give a venue or a system this number: a non-negative integer of 31 bits. */
export function isOpenkjNumber(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value < 2 ** 31;
}
