import { SingerProfile } from '../../domains/identity/entities/singer-profile.entity.js';
import { Request } from '../../domains/requests/entities/request.entity.js';
import { SingerFavoriteSong } from '../../domains/requests/entities/singer-favorite-song.entity.js';
import { SingerFavoriteVenue } from '../../domains/requests/entities/singer-favorite-venue.entity.js';
import { SingerRequestHistory } from '../../domains/requests/entities/singer-request-history.entity.js';
import { songFingerprint } from '../../domains/songs/text/song-text.js';
import { Venue } from '../../domains/venues/entities/venue.entity.js';
import { factory, unique } from './factory.js';

export const requestsFactories = [
  factory(Request, { venueId: Venue }, () => ({ artist: 'Test Artist', title: unique('Song ') })),
  factory(SingerFavoriteSong, { singerProfileId: SingerProfile }, () => ({
    artist: 'Test Artist',
    title: unique('Song '),
  })),
  factory(SingerFavoriteVenue, { singerProfileId: SingerProfile, venueId: Venue }, () => ({})),
  factory(
    SingerRequestHistory,
    { singerProfileId: SingerProfile, venueId: Venue },
    ({ artist = 'Test Artist', title = unique('Song ') }) => ({
      artist,
      title,
      songFingerprint: songFingerprint(artist, title),
    }),
  ),
];
