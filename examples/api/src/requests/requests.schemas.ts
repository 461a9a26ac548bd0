import { z } from 'zod';

export const submitRequestSchema = z.strictObject({
  artist: z.string().max(200).meta({ example: 'Queen' }),
  title: z.string().max(200).meta({ example: 'Bohemian Rhapsody' }),
  keyChange: z.number().default(0).describe('Semitones up or, if negative, down.'),
  singerName: z
    .string()
    .max(100)
    .optional()
    .describe('The singer’s name, if it is not the nickname of the profile.'),
  notes: z.string().max(500).nullable().default(null).describe('The singer’s message to the host.'),
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
  repeats: z.int().describe('The number of open requests for the same song before this one.'),
  serial: z.int32().describe('The serial that OpenKJ polls to detect changes.'),
});
