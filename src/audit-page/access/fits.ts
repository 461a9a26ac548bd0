import type { HistoryScope } from '../../engine/audit/history/history-query.js';
import type { RowImage } from '../../engine/audit/row-image.js';
import type { EntityMetadata } from 'typeorm';
import type { Readable } from './viewer.js';

/** Whether a viewer may read a row by its image: the same rule as that of the entries. */
export function fits(
  readable: Readable | undefined,
  image: RowImage,
  entity: EntityMetadata | undefined,
): boolean {
  if (readable === undefined || readable === 'all') return readable === 'all';
  return readable.some((where) => fitsAll(where, image, entity));
}

function fitsAll(
  where: NonNullable<HistoryScope['where']>,
  image: RowImage,
  entity: EntityMetadata | undefined,
): boolean {
  return Object.entries(where).every(([name, values]) => {
    const column = entity?.findColumnWithPropertyPath(name)?.databaseName ?? name;
    const value = image[column];
    return (
      value !== undefined &&
      value !== null &&
      [values].flat().some((wanted) => String(wanted) === String(value))
    );
  });
}
