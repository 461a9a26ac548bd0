import type { Figure } from './figure.js';
import { number } from './report.js';

const width = 820;
const margin = 16;
const nameGap = 8;
const valueWidth = 100;
const barHeight = 18;
const barStep = 24;
const headStep = 30;

/** The advance of one letter in a wide font, so that every name fits in the fonts that readers have. */
const letterWidth = 8;
const longestName = 34;

/** Draws a group of bars for each figure, each on its own scale from 0, because the units differ. */
export function plot(title: string, figures: readonly Figure[]): string {
  const names = figures.flatMap(({ values }) => Object.keys(values).map(shortened));
  const barsStart = margin + Math.max(...names.map(({ length }) => length)) * letterWidth + nameGap;
  const barsWidth = width - barsStart - valueWidth - margin;
  let y = 44;
  const parts: string[] = [];
  for (const figure of figures) {
    const { work, unit, values } = figure;
    parts.push(
      text(
        margin,
        y + 14,
        `${work} (${unit}, ${moreIsBetter(figure) ? 'more' : 'less'} is better)`,
        'head',
      ),
    );
    y += headStep;
    const most = Math.max(...Object.values(values));
    for (const [name, value] of Object.entries(values)) {
      const length = most === 0 ? 0 : Math.max(1, (value / most) * barsWidth);
      const kind = isOurs(name) ? 'ours' : 'other';
      parts.push(
        text(barsStart - nameGap, y + 13, shortened(name), 'name'),
        `<rect class="${kind}" x="${barsStart}" y="${y}" width="${length.toFixed(1)}" height="${barHeight}" rx="2"/>`,
        valueText(
          barsStart + length + 6,
          y + 13,
          value,
          name === 'module' ? advantage(figure) : '',
        ),
      );
      y += barStep;
    }
    y += 12;
  }
  const height = y + margin / 2;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">
<title>${escaped(title)}</title>
<style>${styles}</style>
<rect class="page" width="${width}" height="${height}"/>
${text(margin, 28, title, 'title')}
${parts.join('\n')}
</svg>
`;
}

function isOurs(name: string): boolean {
  return name.startsWith('module');
}

/** How many times the first contender needs the module's time or space, where bars are too short to compare. */
function advantage(figure: Figure): string {
  const { values } = figure;
  const other = Object.keys(values).find((name) => !isOurs(name));
  const ours = values.module ?? 0;
  if (other === undefined || ours === 0 || moreIsBetter(figure)) return '';
  const ratio = values[other]! / ours;
  if (ratio < 3) return '';
  return `${ratio >= 10 ? Math.round(ratio) : ratio.toFixed(1)} × less`;
}

/** Shortens a name in the middle, because names that begin alike differ at the end. */
function shortened(name: string): string {
  if (name.length <= longestName) return name;
  return `${name.slice(0, 12)}…${name.slice(13 - longestName)}`;
}

function moreIsBetter(figure: Figure): boolean {
  return figure.moreIsBetter ?? figure.unit === 'a second';
}

const styles = `
text { font: 13px system-ui, "Segoe UI", "Helvetica Neue", Arial, sans-serif; fill: #1d2530 }
.title { font-size: 17px; font-weight: 600 } .head { font-weight: 600 }
.name { text-anchor: end } .ratio { font-size: 17px; font-weight: 700 } .page { fill: #ffffff } .ours { fill: #2f6fd0 } .other { fill: #aab4c2 }
@media (prefers-color-scheme: dark) {
  text { fill: #e4e9f0 } .page { fill: #14181e } .ours { fill: #6aa0f0 } .other { fill: #566273 }
}`;

function text(x: number, y: number, content: string, kind: string): string {
  return `<text class="${kind}" x="${x.toFixed(1)}" y="${y}">${escaped(content)}</text>`;
}

function valueText(x: number, y: number, value: number, ratio: string): string {
  const large = ratio === '' ? '' : `<tspan class="ratio" dx="12">${escaped(ratio)}</tspan>`;
  return `<text class="value" x="${x.toFixed(1)}" y="${y}">${number(value)}${large}</text>`;
}

function escaped(content: string): string {
  return content.replace(/[&<>]/g, (character) => `&#${character.charCodeAt(0)};`);
}
