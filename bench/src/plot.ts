import type { Figure } from './figure.js';
import { number } from './report.js';

const width = 760;
const margin = 16;
const nameWidth = 230;
const valueWidth = 110;
const barHeight = 18;
const barStep = 24;
const headStep = 30;
const barsWidth = width - 2 * margin - nameWidth - valueWidth;

/** Draws a group of bars for each figure, each on its own scale from 0, because the units differ. */
export function plot(title: string, figures: readonly Figure[]): string {
  let y = 44;
  const parts: string[] = [];
  for (const { work, unit, values } of figures) {
    parts.push(text(margin, y + 14, `${work} (${unit}, ${better(unit)})`, 'head'));
    y += headStep;
    const most = Math.max(...Object.values(values));
    for (const [name, value] of Object.entries(values)) {
      const length = most === 0 ? 0 : Math.max(1, (value / most) * barsWidth);
      const x = margin + nameWidth;
      const kind = name.startsWith('module') ? 'ours' : 'other';
      parts.push(
        text(x - 8, y + 13, shortened(name), 'name'),
        `<rect class="${kind}" x="${x}" y="${y}" width="${length.toFixed(1)}" height="${barHeight}" rx="2"/>`,
        text(x + length + 6, y + 13, number(value), 'value'),
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

/** Shortens a name in the middle, because names that begin alike differ at the end. */
function shortened(name: string): string {
  const most = 32;
  return name.length <= most ? name : `${name.slice(0, 12)}…${name.slice(13 - most)}`;
}

function better(unit: Figure['unit']): string {
  return unit === 'a second' ? 'more is better' : 'less is better';
}

const styles = `
text { font: 13px system-ui, "Segoe UI", "Helvetica Neue", Arial, sans-serif; fill: #1d2530 }
.title { font-size: 17px; font-weight: 600 } .head { font-weight: 600 }
.name { text-anchor: end } .page { fill: #ffffff } .ours { fill: #2f6fd0 } .other { fill: #aab4c2 }
@media (prefers-color-scheme: dark) {
  text { fill: #e4e9f0 } .page { fill: #14181e } .ours { fill: #6aa0f0 } .other { fill: #566273 }
}`;

function text(x: number, y: number, content: string, kind: string): string {
  return `<text class="${kind}" x="${x.toFixed(1)}" y="${y}">${escaped(content)}</text>`;
}

function escaped(content: string): string {
  return content.replace(/[&<>]/g, (character) => `&#${character.charCodeAt(0)};`);
}
