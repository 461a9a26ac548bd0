/** Whether a system in OpenKJ can have this number, which is stored as an `integer`. */
export function isSystemNumber(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value < 2 ** 31;
}
