import { parseArgs } from 'node:util';

export interface Options {
  /** Small sizes, to check that everything runs and not how fast. */
  readonly quick: boolean;
  /** The rows to run. */
  readonly rows: readonly number[];
}

export function readOptions(args: string[], every: readonly number[]): Options {
  const { values } = parseArgs({
    args,
    options: {
      quick: { type: 'boolean', default: false },
      row: { type: 'string', multiple: true, default: [] },
    },
  });
  const rows = values.row.map(Number);
  const unknown = rows.find((row) => !every.includes(row));
  if (unknown !== undefined) {
    throw new Error(`There is no row ${unknown}. Give --row with one of ${every.join(', ')}.`);
  }
  return { quick: values.quick, rows: rows.length === 0 ? every : rows };
}
