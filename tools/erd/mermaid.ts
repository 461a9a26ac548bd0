import type { Column, Relation, Schema, Table } from './schema-model.js';

/** The schema in Mermaid's language, as a fenced block of Markdown. */
export function mermaid({ tables, relations }: Schema): string {
  return [
    '```mermaid',
    'erDiagram',
    ...relations.map(relationLine),
    ...tables.flatMap(tableLines),
    '```',
  ].join('\n');
}

function relationLine(relation: Relation): string {
  const parentEnd = relation.isOptional ? '|o' : '||';
  const childEnd = relation.isOneToOne ? 'o|' : 'o{';
  return `  ${relation.parent} ${parentEnd}--${childEnd} ${relation.child} : "${relation.childColumn}"`;
}

function tableLines({ name, columns }: Table): string[] {
  return [`  ${name} {`, ...columns.map((column) => `    ${columnLine(column)}`), '  }'];
}

function columnLine({ name, type, ...column }: Column): string {
  const marks = [
    column.isPrimary && 'PK',
    column.isForeign && 'FK',
    column.isUnique && !column.isPrimary && 'UK',
  ].filter(Boolean);
  // Mermaid's types hold no comma.
  const parts = [type.replaceAll(',', '-'), name, marks.join(', ')];
  return [...parts, column.isNullable ? '"null"' : ''].filter((part) => part !== '').join(' ');
}
