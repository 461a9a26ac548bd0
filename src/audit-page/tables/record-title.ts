import type { EntityMetadata } from 'typeorm';
import { erasureMarker, isTooLarge, redactionMarker } from '../../engine/audit/image-markers.js';
import type { RowImage } from '../../engine/audit/row-image.js';
import type { AuditLabelOptions } from '../../engine/decorators/audit-label.decorator.js';
import type { TableColumn } from './table-columns.js';

/** Columns that can serve as the title of a row, the best first. */
const naming = [
  'name',
  'title',
  'label',
  'display_name',
  'full_name',
  'combined',
  'nickname',
  'legal_business_name',
  'email',
  'slug',
];

const longest = 200;

/** The title of a row, from its image. Redacted values are not part of it. */
export function recordTitle(
  image: RowImage | null,
  columns: readonly TableColumn[],
  entity: EntityMetadata | undefined,
  title: AuditLabelOptions['title'],
): string | null {
  if (image === null) return null;
  const shown = Object.fromEntries(
    Object.entries(image).filter(
      ([name, value]) =>
        value !== redactionMarker &&
        value !== erasureMarker &&
        !isTooLarge(value) &&
        columns.find(({ column }) => column === name)?.redacted !== true,
    ),
  );
  if (typeof title === 'function') return shortened(title(shown));
  const preferred =
    title === undefined ? [] : [entity?.findColumnWithPropertyPath(title)?.databaseName ?? title];
  for (const column of [...preferred, ...naming]) {
    const text = shortened(shown[column]);
    if (text !== null) return text;
  }
  return null;
}

function shortened(value: unknown): string | null {
  if (typeof value !== 'string' && typeof value !== 'number') return null;
  const text = String(value).trim();
  if (text === '') return null;
  return text.length > longest ? `${text.slice(0, longest - 1)}…` : text;
}
