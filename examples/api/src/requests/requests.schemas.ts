import { z } from 'zod';

export const submitRequestSchema = z.strictObject({
  artist: z.string().max(200).meta({ example: 'Queen' }),
  title: z.string().max(200).meta({ example: 'Bohemian Rhapsody' }),
  keyChange: z.number().default(0).describe('Semitones up or, if negative, down.'),
  notes: z.string().max(500).nullable().default(null).describe('What the singer tells the host.'),
});
export type SubmitRequest = z.output<typeof submitRequestSchema>;

export const requestSchema = z.object({
  id: z.string().meta({ example: '17' }),
  venueId: z.uuid(),
  artist: z.string(),
  title: z.string(),
  keyChange: z.int(),
  notes: z.string().nullable(),
  processed: z.boolean(),
  requestedAt: z.iso.datetime(),
});

export const submittedRequestSchema = z.object({
  request: requestSchema,
  serial: z.string().describe('What OpenKJ watches to learn that something changed.'),
});
