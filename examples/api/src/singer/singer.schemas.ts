import { z } from 'zod';

export const favoriteSongSchema = z.strictObject({
  artist: z.string().max(200).meta({ example: 'Queen' }),
  title: z.string().max(200).meta({ example: 'Bohemian Rhapsody' }),
  keyChange: z.number().default(0).describe('Semitones up or, if negative, down.'),
  favorite: z.boolean().default(true).describe('Whether it is one, from now on.'),
});
export type FavoriteSongChange = z.output<typeof favoriteSongSchema>;

export const favoriteVenueSchema = z.strictObject({
  favorite: z.boolean().default(true).describe('Whether it is one, from now on.'),
});
export type FavoriteVenueChange = z.output<typeof favoriteVenueSchema>;

export const changedSchema = z.object({
  changed: z.boolean().describe('False when nothing changed.'),
});

export const favoritesSchema = z.object({
  songs: z.array(z.object({ artist: z.string(), title: z.string(), keyChange: z.int() })),
  venues: z.array(z.object({ id: z.uuid(), name: z.string() })),
});

export const historyQuerySchema = z.strictObject({
  limit: z.coerce.number().default(50),
  cursor: z.string().optional().describe('The `nextCursor` of the previous page.'),
});
export type HistoryQuery = z.output<typeof historyQuerySchema>;

export const historySchema = z.object({
  entries: z.array(
    z.object({
      id: z.uuid(),
      venue: z.object({ id: z.uuid(), name: z.string() }),
      artist: z.string(),
      title: z.string(),
      keyChange: z.int(),
      requestedAt: z.iso.datetime(),
    }),
  ),
  nextCursor: z.string().nullable(),
});
