import { z } from 'zod';

export const importQuerySchema = z.strictObject({
  artistColumn: z.string().default('artist').describe('The column of the artists.'),
  titleColumn: z.string().default('title').describe('The column of the titles.'),
});
export type ImportQuery = z.output<typeof importQuerySchema>;

const count = z.int().min(0);

export const importSummarySchema = z.object({
  rows: count,
  inserted: count,
  updated: count,
  unchanged: count,
  duplicates: count,
  refused: count,
  deleted: count,
  problems: z.array(
    z.object({ line: count, kind: z.enum(['duplicate', 'refused']), reason: z.string() }),
  ),
});
