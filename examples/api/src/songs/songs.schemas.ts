import { z } from 'zod';

export const songQuerySchema = z.strictObject({
  q: z.string().max(200).describe('The text typed so far.').meta({ example: 'bohem' }),
  limit: z.coerce.number().default(25),
});
export type SongQuery = z.output<typeof songQuerySchema>;

export const songsSchema = z.array(
  z.object({
    id: z.string(),
    artist: z.string().meta({ example: 'Queen' }),
    title: z.string().meta({ example: 'Bohemian Rhapsody' }),
    openkjSystemId: z.int().describe('The number in OpenKJ of the system that has the song.'),
  }),
);
