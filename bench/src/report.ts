import type { Figure, Finding, Target } from './figure.js';
import { isReached } from './figure.js';
import type { Row } from './row.js';

/** A row with its results and the time that it took. */
export interface RowResult {
  readonly row: Row;
  readonly finding: Finding;
  readonly seconds: number;
}

/** The results as a page of Markdown. */
export function markdown(
  machine: readonly (readonly [string, string])[],
  results: readonly RowResult[],
  plotOf: (row: Row) => string | undefined,
): string {
  const targets = results.flatMap(({ finding }) =>
    finding.figures.flatMap(({ targets = [] }) => targets),
  );
  return (
    [
      '# Results',
      'Written by `npm run bench`. Each number is the median of several rounds in which the contenders took turns; every ratio is of one run. [docs/performance.md](../docs/performance.md) says what they mean, and what was done.',
      table(
        ['', ''],
        machine.map(([name, value]) => [name, value]),
      ),
      `${targets.filter(isReached).length} of ${targets.length} targets are reached.`,
      ...results.flatMap((result) => section(result, plotOf(result.row), conditions(machine))),
    ].join('\n\n') + '\n'
  );
}

/** The processor and the settings that matter most, for a row that is read beside one of another run. */
function conditions(machine: readonly (readonly [string, string])[]): string {
  const { machine: processor, settings = '' } = Object.fromEntries(machine);
  const chosen = settings
    .split(', ')
    .filter((setting) => /^(?:fsync|shared_buffers|synchronous_commit) /.test(setting));
  return `${processor}, with ${chosen.join(', ')}`;
}

function section(
  { row, finding, seconds }: RowResult,
  plot: string | undefined,
  measuredOn: string,
): string[] {
  return [
    `## ${row.number}. ${row.title}`,
    row.about,
    ...(plot === undefined ? [] : [`![${row.title}](${plot})`]),
    ...tables(finding.figures),
    targetTable(finding.figures),
    ...(finding.notes ?? []),
    `_This row took ${Math.round(seconds)} s on ${measuredOn}._`,
  ].filter((part) => part !== '');
}

/** Puts figures with the same contenders and unit into one table. */
function tables(figures: readonly Figure[]): string[] {
  const groups = new Map<string, Figure[]>();
  for (const figure of figures) {
    const key = [figure.unit, ...Object.keys(figure.values)].join('|');
    groups.set(key, [...(groups.get(key) ?? []), figure]);
  }
  return [...groups.values()].map((group) => {
    const { unit, values } = group[0]!;
    return table(
      [unit, ...Object.keys(values)],
      group.map((figure) => [figure.work, ...Object.values(figure.values).map(number)]),
    );
  });
}

function targetTable(figures: readonly Figure[]): string {
  const rows = figures.flatMap(({ work, targets = [] }) =>
    targets.map((target) => [
      `${work}: ${target.what}`,
      measure(target, target.value),
      `${target.bound} ${measure(target, target.limit)}`,
      isReached(target) ? 'yes' : '**no**',
    ]),
  );
  return rows.length === 0
    ? ''
    : table(['module against', 'measured', 'to reach', 'reached'], rows);
}

function measure({ unit }: Target, value: number): string {
  return unit === '×' ? `${value.toFixed(2)} ×` : `${number(value)} ${unit}`;
}

/** Rounds to three significant digits. */
export function number(value: number): string {
  if (value >= 100)
    return Math.round(value)
      .toString()
      .replace(/\B(?=(\d{3})+$)/g, ',');
  return value === 0 ? '0' : value.toPrecision(3);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const rule = head.map((_, column) => (column === 0 ? '---' : '--:'));
  return [line(head), line(rule), ...rows.map(line)].join('\n');
}
