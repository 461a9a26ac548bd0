import { Injectable } from '@nestjs/common';
import { isUuid } from '../../../engine/common/uuid.js';
import { SingerProfileNotFoundError } from '../../identity/errors.js';
import { displayText } from '../../songs/text/song-text.js';
import { VenueNotFoundError } from '../../venues/errors.js';
import type { SingerFavoriteSong } from '../entities/singer-favorite-song.entity.js';
import type { SingerFavoriteVenue } from '../entities/singer-favorite-venue.entity.js';
import { InvalidRequestError } from '../errors.js';
import { isWholeSemitones, mostSemitones } from './key-change.js';
import { SingerFavoriteSongRepository } from '../repositories/singer-favorite-song.repository.js';
import { SingerFavoriteVenueRepository } from '../repositories/singer-favorite-venue.repository.js';

/** A favourite song, with the key in which the singer sings it. */
export interface FavoriteSong {
  artist: string;
  title: string;
  /** Semitones up or, if negative, down: -24 to 24. Default: 0. */
  keyChange?: number;
}

/**
 * Singers' favourite songs and venues. The `set` methods take the wanted state, so repeating a call changes
 * nothing. They return whether anything changed.
 */
@Injectable()
export class FavoritesService {
  constructor(
    private readonly favoriteSongs: SingerFavoriteSongRepository,
    private readonly favoriteVenues: SingerFavoriteVenueRepository,
  ) {}

  /**
   * Adds or removes a favourite song.
   *
   * @throws SingerProfileNotFoundError
   * @throws InvalidRequestError for a blank artist or title, or a key change that is not valid
   */
  async setSong(
    singerProfileId: string,
    { artist, title, keyChange = 0 }: FavoriteSong,
    favorite: boolean,
  ): Promise<boolean> {
    const song = { artist: displayText(artist), title: displayText(title), keyChange };
    if (song.artist === '' || song.title === '' || !isWholeSemitones(keyChange)) {
      throw new InvalidRequestError(
        `A favourite song has an artist, a title, and a key change of -${mostSemitones} to ${mostSemitones} semitones.`,
      );
    }
    const changed = isUuid(singerProfileId)
      ? await this.favoriteSongs.set(singerProfileId, song, favorite)
      : undefined;
    if (changed === undefined) throw new SingerProfileNotFoundError(singerProfileId);
    return changed;
  }

  /** Adds or removes a favourite venue. @throws SingerProfileNotFoundError, VenueNotFoundError */
  async setVenue(singerProfileId: string, venueId: string, favorite: boolean): Promise<boolean> {
    if (!isUuid(singerProfileId)) throw new SingerProfileNotFoundError(singerProfileId);
    if (!isUuid(venueId)) throw new VenueNotFoundError(venueId);
    const outcome = await this.favoriteVenues.set(singerProfileId, venueId, favorite);
    if (!outcome.hasSinger) throw new SingerProfileNotFoundError(singerProfileId);
    if (!outcome.hasVenue) throw new VenueNotFoundError(venueId);
    return outcome.changed;
  }

  /** A singer's favourite songs, the latest first. */
  async songs(singerProfileId: string): Promise<SingerFavoriteSong[]> {
    if (!isUuid(singerProfileId)) return [];
    return this.favoriteSongs.find({
      where: { singerProfileId },
      order: { createdAt: 'DESC', id: 'DESC' },
    });
  }

  /** A singer's favourite venues, each with its venue, the latest first. */
  async venues(singerProfileId: string): Promise<SingerFavoriteVenue[]> {
    if (!isUuid(singerProfileId)) return [];
    return this.favoriteVenues.find({
      where: { singerProfileId },
      relations: { venue: true },
      order: { createdAt: 'DESC', venueId: 'DESC' },
    });
  }
}
