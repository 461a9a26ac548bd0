import { inOwnProcess } from './child.js';

/** Measures by how many megabytes a process grows while it imports this many songs. */
export async function importMemory(url: string, count: number): Promise<number> {
  const { megabytes } = await inOwnProcess<{ megabytes: number }>('./import-memory.mjs', [
    url,
    String(count),
  ]);
  return megabytes;
}
