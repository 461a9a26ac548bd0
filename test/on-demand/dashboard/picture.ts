import { chromium } from 'playwright-core';
import type { Dashboard, Panel } from './dashboard.js';

const colours = [
  '#3465a4',
  '#cc4b1f',
  '#4e9a06',
  '#8f5902',
  '#75507b',
  '#06989a',
  '#a40000',
  '#888',
];
const height = 190;
const [left, bottom] = [62, 22];

/** Draws the answers to the queries of a dashboard on a page, and takes a picture of it. */
export async function drawDashboard(dashboard: Dashboard, file: string): Promise<void> {
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM || '/usr/bin/chromium',
    args: ['--headless=new', '--no-sandbox', '--disable-gpu'],
  });
  try {
    const page = await browser.newPage({ viewport: { width: 1500, height: 900 } });
    await page.setContent(pageOf(dashboard));
    await page.screenshot({ path: file, fullPage: true });
  } finally {
    await browser.close();
  }
}

function pageOf({ title, panels }: Dashboard): string {
  return `<!doctype html><meta charset="utf-8"><style>
    body { font: 13px sans-serif; margin: 14px; background: #f4f5f5; color: #24292e }
    h1 { font-size: 17px; margin: 0 0 10px } h1 small { font-weight: normal; color: #555 }
    main { display: grid; grid-template-columns: repeat(24, 1fr); gap: 8px }
    section { background: #fff; border: 1px solid #dcdcde; border-radius: 3px; padding: 8px }
    h2 { font-size: 13px; margin: 0 0 4px } svg { width: 100%; display: block } text { font-size: 15px; fill: #555 }
    ul { display: flex; flex-wrap: wrap; gap: 2px 12px; list-style: none; margin: 4px 0 0; padding: 0; font-size: 12px }
    li::before { content: ''; display: inline-block; width: 10px; height: 3px; margin: 0 4px 3px 0; background: var(--colour) }
    b { font-size: 30px; color: #3465a4; margin-right: 24px } b small { font-size: 13px; font-weight: normal; color: #555 }
  </style><h1>${escaped(title)} <small>drawn from the queries of dashboard.json</small></h1>
  <main>${panels.map(sectionOf).join('')}</main>`;
}

function sectionOf(panel: Panel): string {
  const body = panel.type === 'stat' ? statOf(panel) : chartOf(panel);
  return `<section style="grid-column: span ${panel.gridPos.w}"><h2>${escaped(panel.title)}</h2>${body}</section>`;
}

function statOf({ targets }: Panel): string {
  return targets
    .flatMap(({ series }) => series)
    .map(({ name, points }) => `<b>${points.at(-1)![1]} <small>${escaped(name)}</small></b>`)
    .join('');
}

function chartOf({ targets, fieldConfig, gridPos }: Panel): string {
  const width = gridPos.w * 75;
  const lines = targets.flatMap(({ series }) => series);
  const times = lines.flatMap(({ points }) => points.map(([time]) => time));
  const most = Math.max(...lines.flatMap(({ points }) => points.map(([, value]) => value)), 0) || 1;
  const [from, to] = [Math.min(...times), Math.max(...times)];
  const x = (time: number) => left + ((time - from) / (to - from || 1)) * (width - left - 4);
  const y = (value: number) => height - bottom - (value / most) * (height - bottom - 10);
  const grid = [0, 0.5, 1].map(
    (part) =>
      `<line x1="${left}" x2="${width}" y1="${y(part * most)}" y2="${y(part * most)}" stroke="#e4e4e6"/>` +
      `<text x="${left - 6}" y="${y(part * most) + 5}" text-anchor="end">${shown(part * most, fieldConfig.defaults.unit)}</text>`,
  );
  const clock = [from, to].map(
    (time, at) =>
      `<text x="${x(time)}" y="${height - 3}" text-anchor="${at === 0 ? 'start' : 'end'}">${new Date(time * 1000).toISOString().slice(11, 19)}</text>`,
  );
  const drawn = lines.map(
    ({ points }, at) =>
      `<polyline fill="none" stroke-width="2" stroke="${colourOf(at)}" points="${points.map(([time, value]) => `${x(time).toFixed(1)},${y(value).toFixed(1)}`).join(' ')}"/>`,
  );
  const legend = lines.map(
    ({ name }, at) => `<li style="--colour: ${colourOf(at)}">${escaped(name)}</li>`,
  );
  return `<svg viewBox="0 0 ${width} ${height}">${[...grid, ...clock, ...drawn].join('')}</svg><ul>${legend.join('')}</ul>`;
}

function colourOf(at: number): string {
  return colours[at % colours.length]!;
}

function shown(value: number, unit: string): string {
  if (value === 0) return '0';
  if (unit === 's') return value < 1 ? `${round(value * 1000)} ms` : `${round(value)} s`;
  const [scale, suffix] =
    value >= 1e6 ? [1e6, ' M'] : value >= 1e4 ? [1e3, ' k'] : ([1, ''] as const);
  return `${round(value / scale)}${suffix}${unit === 'bytes' ? 'B' : ''}`;
}

function round(value: number): number {
  return Number(value.toPrecision(2));
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
