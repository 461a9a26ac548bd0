import stringWidth from 'string-width';
import { printable } from './printable.js';
import { plainTerminal, type Terminal } from './terminal.js';
import { wrap } from './wrap.js';

const gap = 2;
/** No column becomes narrower, so a table of many columns may be wider than a narrow terminal. */
const narrowest = 12;

/** Formats rows as a text table with headings. Cells are wrapped where the terminal is too narrow. */
export function formatTable(
  headings: readonly string[],
  rows: readonly (readonly string[])[],
  { width, paint }: Terminal = plainTerminal,
): string {
  const cells = rows.map((row) => row.map(printable));
  const widths = fit(
    headings.map((heading, column) =>
      Math.max(...[heading, ...cells.map((row) => row[column]!)].map((cell) => stringWidth(cell))),
    ),
    width,
  );
  const lines = (row: readonly string[]) => {
    const wrapped = row.map((cell, column) => wrap(cell, widths[column]!));
    const height = Math.max(...wrapped.map(({ length }) => length));
    return Array.from({ length: height }, (_, line) =>
      wrapped
        .map((parts, column) => pad(parts[line] ?? '', widths[column]!))
        .join(' '.repeat(gap))
        .trimEnd(),
    );
  };
  return [
    ...lines(headings).map((line) => paint('bold', line)),
    ...lines(widths.map((columns) => '-'.repeat(columns))),
    ...cells.flatMap(lines),
  ].join('\n');
}

/** Narrows the widest column, step by step, until the table fits. */
function fit(widths: readonly number[], available: number): number[] {
  const fitted = [...widths];
  const total = () => fitted.reduce((sum, columns) => sum + columns, gap * (fitted.length - 1));
  while (total() > available) {
    const widest = fitted.indexOf(Math.max(...fitted));
    if (fitted[widest]! <= narrowest) break;
    fitted[widest]!--;
  }
  return fitted;
}

function pad(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(columns - stringWidth(text), 0));
}
