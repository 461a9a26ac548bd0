/** The outcome of seeding one table. */
export interface TableTally {
  /** Rows deleted by `fresh`, not counting those deleted by a cascade. */
  cleared: number;
  created: number;
  changed: number;
  /** Existing rows that were left as they are, also if they differ from the seeds. */
  leftAlone: number;
}

/** A demo account. */
export interface DemoCredential {
  readonly label: string;
  readonly email: string;
  readonly password: string;
}

/** Collects the results of a run of the seeds. */
export class SeedReport {
  private readonly tallies = new Map<string, TableTally>();
  /** Descriptions of rows that were changed since they were seeded. */
  readonly kept: string[] = [];
  /** The demo accounts that still have their original password. */
  readonly credentials: DemoCredential[] = [];

  count(table: string, outcome: keyof TableTally, rows = 1): void {
    const tally = this.tallies.get(table) ?? { cleared: 0, created: 0, changed: 0, leftAlone: 0 };
    tally[outcome] += rows;
    this.tallies.set(table, tally);
  }

  /** Results by table, in the order of seeding. */
  get tables(): ReadonlyMap<string, Readonly<TableTally>> {
    return this.tallies;
  }

  /** A line for each table. */
  lines(): string[] {
    return [...this.tallies].map(([table, { cleared, created, changed, leftAlone }]) => {
      const removed = cleared > 0 ? `${cleared} cleared, ` : '';
      return `${table}: ${removed}${created} created, ${changed} changed, ${leftAlone} unchanged`;
    });
  }
}
