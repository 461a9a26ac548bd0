import { z } from 'zod';

export const submitRequestSchema = z.strictObject({
  artist: z.string().max(200).meta({ example: 'Queen' }),
  title: z.string().max(200).meta({ example: 'Bohemian Rhapsody' }),
  keyChange: z.number().default(0).describe('Semitones up or, if negative, down.'),
  singerName: z
    .string()
    .max(100)
    .optional()
    .describe('Who sings, if not by the name of the profile.'),
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
  nameToCall: z.string().nullable().describe('The name that the host calls up.'),
});

export const submittedRequestSchema = z.object({
  request: requestSchema,
  repeats: z.int().describe('How often the song is in the queue already.'),
  serial: z.int32().describe('What OpenKJ watches to learn that something changed.'),
});
