import type { RowImage } from '@singr/database';

/** Columns that can serve as the name of a record, the best first. */
const naming = ['name', 'title', 'combined', 'nickname', 'legal_business_name', 'email', 'slug'];

/** Returns a name for a record, from the image of its row. */
export function recordLabel(image: RowImage | null): string | null {
  for (const column of naming) {
    const value = image?.[column];
    if (typeof value === 'string' && value !== '' && value !== '[redacted]') return value;
  }
  return null;
}
