/** A difference that a check of the schema found. */
export interface SchemaFinding {
  readonly check:
    'migrations' | 'entities' | 'schema-file' | 'triggers' | 'indexes' | 'sensitive-columns';
  /** One sentence that names the object and what is wrong with it. */
  readonly problem: string;
  /**
   * The lines that differ: `-` for lines missing from the database, `+` for lines that it has in addition.
   */
  readonly lines?: readonly string[];
  readonly remedy: string;
}

/** Formats a finding for the terminal. */
export function formatFinding({ problem, lines = [], remedy }: SchemaFinding): string {
  return [problem, ...lines.map((line) => `    ${line}`), `    → ${remedy}`].join('\n');
}
