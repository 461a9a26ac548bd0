import { SongDb } from './song-db.entity.js';

/** The tables of this domain. */
export const songsEntities = [SongDb];
