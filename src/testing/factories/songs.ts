import { CustomerProfile } from '../../domains/identity/entities/customer-profile.entity.js';
import { SongDb } from '../../domains/songs/entities/song-db.entity.js';
import { combinedText, normalizeText } from '../../domains/songs/text/song-text.js';
import { factory, unique } from './factory.js';

export const songsFactories = [
  factory(SongDb, { customerProfileId: CustomerProfile }, ({ artist, title }) => {
    const song = { artist: artist ?? 'Test Artist', title: title ?? unique('Song ') };
    const combined = combinedText(song.artist, song.title);
    return { ...song, openkjSystemId: 1, combined, normalizedCombined: normalizeText(combined) };
  }),
];
