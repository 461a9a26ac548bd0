import type { RowImage } from '@singr/database';

/** Columns that people know a record by, the best first. */
const naming = ['name', 'title', 'combined', 'nickname', 'legal_business_name', 'email', 'slug'];

/** What people call a record, by the image of its row. */
export function recordLabel(image: RowImage | null): string | null {
  for (const column of naming) {
    const value = image?.[column];
    if (typeof value === 'string' && value !== '' && value !== '[redacted]') return value;
  }
  return null;
}
