/** The package as it is published, built by `npm run build`, with the types of its sources. */
import type * as Package from '../../src/index.js';

const door = new URL('../../dist/src/index.js', import.meta.url);

export const singr = (await import(door.href)) as typeof Package;

export type { DatabaseDataSource } from '../../src/index.js';
