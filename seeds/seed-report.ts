/** The outcome of seeding one table. */
export interface TableTally {
  /** Rows removed by `fresh`, those that went with them by a cascade not counted. */
  cleared: number;
  created: number;
  changed: number;
  /** Rows that were there already, as the seeds have them or as somebody made them since. */
  leftAlone: number;
}

/** An account of the demo data, which can be signed in with. */
export interface DemoCredential {
  readonly label: string;
  readonly email: string;
  readonly password: string;
}

/** Collects what a run of the seeds does. */
export class SeedReport {
  private readonly tallies = new Map<string, TableTally>();
  /** Rows that somebody changed since they were seeded, in words. */
  readonly kept: string[] = [];
  /** The demo accounts whose password still is the one shown here. */
  readonly credentials: DemoCredential[] = [];

  count(table: string, outcome: keyof TableTally, rows = 1): void {
    const tally = this.tallies.get(table) ?? { cleared: 0, created: 0, changed: 0, leftAlone: 0 };
    tally[outcome] += rows;
    this.tallies.set(table, tally);
  }

  /** By table, in the order in which the tables were first touched. */
  get tables(): ReadonlyMap<string, Readonly<TableTally>> {
    return this.tallies;
  }

  /** A line for each table. */
  lines(): string[] {
    return [...this.tallies].map(([table, { cleared, created, changed, leftAlone }]) => {
      const removed = cleared > 0 ? `${cleared} cleared, ` : '';
      return `${table}: ${removed}${created} created, ${changed} changed, ${leftAlone} left alone`;
    });
  }
}
