import { inOwnProcess } from './child.js';

/** How many megabytes a process grows by while it imports so many songs. */
export async function importMemory(url: string, count: number): Promise<number> {
  const { megabytes } = await inOwnProcess<{ megabytes: number }>('./import-memory.mjs', [
    url,
    String(count),
  ]);
  return megabytes;
}
