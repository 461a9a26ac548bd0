/** A class and those that it extends, itself first; none for what is no class. */
export function lineageOf(type: unknown): Function[] {
  const lineage: Function[] = [];
  for (let at = type; typeof at === 'function' && at !== Function.prototype;) {
    lineage.push(at);
    at = Object.getPrototypeOf(at) as unknown;
  }
  return lineage;
}
