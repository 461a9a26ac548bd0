import type { Box, Layout, Line, PlacedPoint } from './layout.js';
import { headerHeight, keyMarks, measure, nullMark, padding, rowHeight } from './measures.js';
import type { Column, Table } from './schema-model.js';
import { legend, legendHeight, legendWidth } from './legend.js';
import { atChild, atParent } from './line-ends.js';
import { circle, escapeXml, group, path, text } from './svg.js';
import { domainClass, styleSheet } from './style-sheet.js';

/** The picture of a schema, as an SVG document that brings its own light and dark colours. */
export function draw(title: string, { width, height, tables, lines }: Layout): string {
  const fullWidth = Math.ceil(Math.max(width, legendWidth));
  const fullHeight = Math.ceil(height + legendHeight);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${fullWidth}" height="${fullHeight}" viewBox="0 0 ${fullWidth} ${fullHeight}" role="img">`,
    `<title>${escapeXml(title)}</title>`,
    `<style>${styleSheet}</style>`,
    `<rect class="page" width="${fullWidth}" height="${fullHeight}"/>`,
    ...byStart(lines).map(trunk),
    ...tables.map(({ table, box }) => drawTable(table, box)),
    legend(height),
    '</svg>',
    '',
  ].join('\n');
}

/** The lines that leave a parent with the same mark, in one stroke: drawn over each other they would darken. */
function trunk(lines: readonly Line[]): string {
  const [{ relation, points }] = lines as [Line];
  const dots = new Map(lines.flatMap((line) => line.junctions.map((dot) => [key(dot), dot])));
  return group('line', [
    path(lines.map((line) => route(line.points)).join('')),
    ...[...dots.values()].map(({ x, y }) => circle(round(x), round(y), 2.5, 'junction')),
    atParent(rounded(points[0]!), relation.isOptional),
    ...lines.map((line) => atChild(rounded(line.points.at(-1)!), line.relation.isOneToOne)),
  ]);
}

function byStart(lines: readonly Line[]): Line[][] {
  const starts = [...new Set(lines.map(({ points }) => key(points[0]!)))];
  return starts.map((start) => lines.filter(({ points }) => key(points[0]!) === start));
}

function route(points: readonly PlacedPoint[]): string {
  return points.map((point, i) => `${i === 0 ? 'M' : 'L'}${key(point)}`).join('');
}

function key(point: PlacedPoint): string {
  const { x, y } = rounded(point);
  return `${x} ${y}`;
}

function rounded({ x, y }: PlacedPoint): PlacedPoint {
  return { x: round(x), y: round(y) };
}

function drawTable(table: Table, { x, y, width, height }: Box): string {
  const measures = measure(table);
  const row = (column: Column, index: number) => {
    const baseline = headerHeight + index * rowHeight + 15.5;
    return [
      text('key', padding, baseline, keyMarks(column)),
      text('name', measures.nameX, baseline, column.name),
      text('type', measures.typeX, baseline, column.type),
      column.isNullable ? text('null', measures.nullX, baseline, nullMark) : '',
    ].join('');
  };
  return [
    `<g class="table ${domainClass(table.domain)}" transform="translate(${round(x)} ${round(y)})">`,
    `<rect class="body" width="${width}" height="${height}" rx="6"/>`,
    path(
      `M0 ${headerHeight}V6a6 6 0 0 1 6 -6H${width - 6}a6 6 0 0 1 6 6V${headerHeight}Z`,
      'header',
    ),
    text('title', padding, 21, table.name),
    text('domain', width - padding, 21, table.domain),
    ...table.columns.map(row),
    '</g>',
  ].join('\n');
}

function round(value: number): number {
  return Math.round(value * 2) / 2;
}
