/** Something about the schema that is not as it must be. */
export interface SchemaFinding {
  readonly check: 'migrations' | 'entities' | 'schema-file' | 'triggers' | 'sensitive-columns';
  /** What differs, and where. */
  readonly problem: string;
  /** The lines that differ: `-` for what is missing from the database, `+` for what is too much. */
  readonly lines?: readonly string[];
  readonly remedy: string;
}

/** A finding as it is shown to a person. */
export function formatFinding({ problem, lines = [], remedy }: SchemaFinding): string {
  return [problem, ...lines.map((line) => `    ${line}`), `    → ${remedy}`].join('\n');
}
