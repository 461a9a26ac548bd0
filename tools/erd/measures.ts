import type { Column, Table } from './schema-model.js';

/** The sizes of a drawing, in pixels. Layout and drawing must agree on them. */
export const fontSize = 13;
export const headerHeight = 32;
export const rowHeight = 22;
export const padding = 10;
const columnGap = 18;

/**
 * The advance of one letter. Text is set in a fixed-width font, whose letters are 0.6 em wide in nearly
 * every family; so text fits without a browser that measures it.
 */
const letterWidth = fontSize * 0.605;

export function textWidth(text: string): number {
  return Math.ceil(text.length * letterWidth);
}

/** Where the parts of a table's rows begin, from its left edge; and how wide and high it is. */
export interface TableMeasures {
  readonly width: number;
  readonly height: number;
  readonly nameX: number;
  readonly typeX: number;
  readonly nullX: number;
}

export const nullMark = 'null';

export function measure(table: Table): TableMeasures {
  const { columns } = table;
  const nameX = padding + widest(columns.map(keyMarks)) + padding;
  const typeX = nameX + widest(columns.map(({ name }) => name)) + columnGap;
  const typesEnd = typeX + widest(columns.map(({ type }) => type));
  const hasNull = columns.some(({ isNullable }) => isNullable);
  const nullX = typesEnd + (hasNull ? columnGap : 0);
  const rowsEnd = nullX + (hasNull ? textWidth(nullMark) : 0);
  // The domain's name stands at the right of the title.
  const titleEnd = padding + textWidth(table.name) + columnGap + textWidth(table.domain);
  return {
    width: Math.max(rowsEnd, titleEnd) + padding,
    height: headerHeight + columns.length * rowHeight + padding / 2,
    nameX,
    typeX,
    nullX,
  };
}

/** The middle of a column's row, from the top of its table. */
export function rowMiddle(table: Table, column: string): number {
  const index = table.columns.findIndex(({ name }) => name === column);
  return headerHeight + index * rowHeight + rowHeight / 2;
}

/** What a row begins with: `PK`, `FK`, both, or `UQ` for a value that is unique by itself. */
export function keyMarks({ isPrimary, isForeign, isUnique }: Column): string {
  const marks = [isPrimary && 'PK', isForeign && 'FK', isUnique && !isPrimary && 'UQ'];
  return marks.filter(Boolean).join(' ');
}

function widest(texts: readonly string[]): number {
  return Math.max(0, ...texts.map(textWidth));
}
