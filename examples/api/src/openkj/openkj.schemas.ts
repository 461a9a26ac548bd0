import { z } from 'zod';
import { requestSchema } from '../requests/requests.schemas.js';

export const serialSchema = z.object({
  serial: z.string().describe('Moves whenever a queue or a venue changes.'),
});

export const acceptingSchema = z.strictObject({
  accepting: z.boolean().describe('Whether singers can submit requests from now on.'),
});
export type Accepting = z.output<typeof acceptingSchema>;

export const queueSchema = z.array(
  requestSchema.extend({
    singer: z.string().nullable().describe('Whom the host calls up; null when nobody said.'),
  }),
);

export const changeSchema = z.object({
  serial: z.string().nullable().describe('The serial after the change; null when nothing changed.'),
});

export const importQuerySchema = z.strictObject({
  artistColumn: z.string().default('artist').describe('The column of the artists.'),
  titleColumn: z.string().default('title').describe('The column of the titles.'),
});
export type ImportQuery = z.output<typeof importQuerySchema>;

const count = z.int().min(0);

export const clearedSchema = z.object({
  deleted: count.describe('How many songs the catalogue had.'),
});

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
