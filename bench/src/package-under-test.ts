/** The package as it is published, built by `npm run build`, with the types of its sources. */
import type * as Migrations from '../../migrations/index.js';
import type * as Package from '../../src/index.js';

const dist = new URL('../../dist/', import.meta.url);

export const singr = (await import(new URL('src/index.js', dist).href)) as typeof Package;
export const migrations = (await import(
  new URL('migrations/index.js', dist).href
)) as typeof Migrations;

export type { DatabaseDataSource, DatabaseModuleOptions } from '../../src/index.js';
