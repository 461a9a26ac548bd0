import { atChild, atParent } from './line-ends.js';
import { textWidth } from './measures.js';
import { group, path, text } from './svg.js';

const sampleWidth = 44;
const entries = [
  { mark: (y: number) => atParent({ x: 0, y }, false), label: 'exactly one' },
  { mark: (y: number) => atParent({ x: 0, y }, true), label: 'one or none' },
  { mark: (y: number) => atChild({ x: sampleWidth - 14, y }, false), label: 'any number' },
  { mark: (y: number) => atChild({ x: sampleWidth - 14, y }, true), label: 'one or none' },
];
const keys = 'PK primary key   FK foreign key   UQ unique by itself   null may be null';

export const legendHeight = 64;
export const legendWidth = 24 + textWidth(keys) + 24;

/** What the marks mean, below the diagram. */
export function legend(top: number): string {
  const elements: string[] = [text('note', 24, Math.round(top) + 40, keys)];
  let x = 24;
  for (const { mark, label } of entries) {
    elements.push(
      `<g class="line" transform="translate(${x} ${Math.round(top) + 10})">${path(`M0 0h${sampleWidth - 14}`)}${mark(0)}</g>`,
      text('note', x + sampleWidth - 4, Math.round(top) + 14, label),
    );
    x += sampleWidth + textWidth(label) + 24;
  }
  return group('legend', elements);
}
