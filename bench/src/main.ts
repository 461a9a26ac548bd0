import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BenchDatabases, serverUrl } from './database.js';
import { isReached } from './figure.js';
import { describeMachine } from './machine.js';
import { readOptions } from './options.js';
import { plot } from './plot.js';
import { markdown, number, type RowResult } from './report.js';
import { runRow } from './processes/run-row.js';
import { rows } from './rows/index.js';

const { quick, rows: wanted } = readOptions(
  process.argv.slice(2),
  rows.map(({ number }) => number),
);
const began = performance.now();
// Outside production the module logs every query.
process.env.NODE_ENV = 'production';
const databases = await BenchDatabases.on(serverUrl());
try {
  const machine = await describeMachine(databases);
  for (const [name, value] of machine) console.log(`${name}: ${value}`);
  const results: RowResult[] = [];
  for (const row of rows.filter(({ number }) => wanted.includes(number))) {
    results.push(await run(row));
  }
  write(machine, results);
} finally {
  await databases.close();
}

async function run(row: (typeof rows)[number]): Promise<RowResult> {
  console.log(`\n${row.number}. ${row.title} (after ${sinceStart()} s)`);
  const start = performance.now();
  const finding = await runRow(row, quick);
  for (const { work, unit, values, targets = [] } of finding.figures) {
    const shown = Object.entries(values).map(([name, value]) => `${name} ${number(value)}`);
    console.log(`   ${work} [${unit}]: ${shown.join(' · ')}`);
    for (const target of targets) {
      const mark = isReached(target) ? 'reached' : 'NOT REACHED';
      console.log(
        `      ${target.what}: ${number(target.value)} ${target.unit}, ${target.bound} ${target.limit}: ${mark}`,
      );
    }
  }
  return { row, finding, seconds: (performance.now() - start) / 1000 };
}

/** Only a full run writes the results. Other runs write to another folder. */
function write(machine: [string, string][], results: RowResult[]): void {
  const full = !quick && results.length === rows.length;
  const folder = fileURLToPath(new URL(full ? '..' : '../out', import.meta.url));
  mkdirSync(join(folder, 'plots'), { recursive: true });
  const plotted = (row: RowResult['row']) => `plots/${row.number}.svg`;
  for (const { row, finding } of results) {
    writeFileSync(join(folder, plotted(row)), plot(`${row.number}. ${row.title}`, finding.figures));
  }
  writeFileSync(join(folder, 'results.md'), markdown(machine, results, plotted));
  console.log(`\nWritten to ${join(folder, 'results.md')} after ${sinceStart()} s.`);
}

function sinceStart(): number {
  return Math.round((performance.now() - began) / 1000);
}
