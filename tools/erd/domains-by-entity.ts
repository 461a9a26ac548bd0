import { readdir } from 'node:fs/promises';

const sources = new URL('../../src/', import.meta.url);

/** Each entity class, and the folder that its `entities/` is in: a domain is that folder. */
export async function domainsByEntity(): Promise<ReadonlyMap<unknown, string>> {
  const files = await readdir(sources, { recursive: true });
  const domains = new Map<unknown, string>();
  for (const file of files.sort()) {
    const domain = /([^/]+)\/entities\/[^/]+\.entity\.ts$/.exec(file)?.[1];
    if (domain === undefined) continue;
    const exported = (await import(new URL(file, sources).href)) as Record<string, unknown>;
    for (const value of Object.values(exported)) domains.set(value, domain);
  }
  return domains;
}
