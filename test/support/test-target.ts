/** The database that the whole run uses, as the preparing process found and migrated it. */
export type TestTarget = ServerTarget | EmbeddedTarget;

export interface ServerTarget {
  readonly kind: 'server';
  readonly description: string;
  /** Where databases may be created. */
  readonly adminUrl: string;
  /** The migrated database that suites get copies of. */
  readonly template: string;
  /** What the names of this run's databases begin with. */
  readonly prefix: string;
}

export interface EmbeddedTarget {
  readonly kind: 'embedded';
  readonly description: string;
  /** The files with the data folders that suites start their engines from. */
  readonly migrated: string;
  readonly empty: string;
}

/** The target of the run that this worker belongs to. */
export function currentTarget(): TestTarget {
  const target = process.env.SINGR_TEST_TARGET;
  if (target === undefined) throw new Error('run the suites through Jest: npm test');
  return JSON.parse(target) as TestTarget;
}
