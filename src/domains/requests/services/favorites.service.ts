import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import { isUuid } from '../../../engine/common/uuid.js';
import { SingerProfileNotFoundError } from '../../identity/errors.js';
import { displayText } from '../../songs/song-text.js';
import { VenueNotFoundError } from '../../venues/errors.js';
import { SingerFavoriteSong } from '../entities/singer-favorite-song.entity.js';
import { SingerFavoriteVenue } from '../entities/singer-favorite-venue.entity.js';
import { InvalidRequestError } from '../errors.js';
import { isWholeSemitones, mostSemitones } from '../key-change.js';

/** A song in the key in which a singer keeps it. */
export interface FavoriteSong {
  artist: string;
  title: string;
  /** Semitones up or, if negative, down: -24 to 24. Default: 0. */
  keyChange?: number;
}

/**
 * The songs and venues that singers keep. To set says how it is to be afterwards, so that a click that
 * arrives twice does no harm; it answers whether it changed anything.
 */
@Injectable()
export class FavoritesService {
  constructor(
    @InjectRepository(SingerFavoriteSong)
    private readonly favoriteSongs: Repository<SingerFavoriteSong>,
    @InjectRepository(SingerFavoriteVenue)
    private readonly favoriteVenues: Repository<SingerFavoriteVenue>,
  ) {}

  /**
   * Keeps a song, or keeps it no longer.
   *
   * @throws SingerProfileNotFoundError
   * @throws InvalidRequestError for a blank artist or title, or a key change that is not valid
   */
  async setSong(
    singerProfileId: string,
    { artist, title, keyChange = 0 }: FavoriteSong,
    favorite: boolean,
  ): Promise<boolean> {
    const song = [displayText(artist), displayText(title)];
    if (song.includes('') || !isWholeSemitones(keyChange)) {
      throw new InvalidRequestError(
        `A favourite song has an artist, a title, and a key change of -${mostSemitones} to ${mostSemitones} semitones.`,
      );
    }
    const [result] = isUuid(singerProfileId)
      ? await this.favoriteSongs.query(favorite ? keepSong : dropSong, [
          singerProfileId,
          ...song,
          keyChange,
        ])
      : [];
    if (result === undefined) throw new SingerProfileNotFoundError(singerProfileId);
    return result.changed;
  }

  /** Keeps a venue, or keeps it no longer. @throws SingerProfileNotFoundError, VenueNotFoundError */
  async setVenue(singerProfileId: string, venueId: string, favorite: boolean): Promise<boolean> {
    if (!isUuid(singerProfileId)) throw new SingerProfileNotFoundError(singerProfileId);
    if (!isUuid(venueId)) throw new VenueNotFoundError(venueId);
    const [result] = await this.favoriteVenues.query(favorite ? keepVenue : dropVenue, [
      singerProfileId,
      venueId,
    ]);
    if (!result.has_singer) throw new SingerProfileNotFoundError(singerProfileId);
    if (!result.has_venue) throw new VenueNotFoundError(venueId);
    return result.changed;
  }

  /** The songs that a singer keeps, the latest first. */
  async songs(singerProfileId: string): Promise<SingerFavoriteSong[]> {
    if (!isUuid(singerProfileId)) return [];
    return this.favoriteSongs.find({
      where: { singerProfileId },
      order: { createdAt: 'DESC', id: 'DESC' },
    });
  }

  /** The venues that a singer keeps, with the venue, the latest first. */
  async venues(singerProfileId: string): Promise<SingerFavoriteVenue[]> {
    if (!isUuid(singerProfileId)) return [];
    return this.favoriteVenues.find({
      where: { singerProfileId },
      relations: { venue: true },
      order: { createdAt: 'DESC', venueId: 'DESC' },
    });
  }
}

// KEY SHARE is what the foreign key's check takes: what is kept cannot be deleted in between.
const singer = `singer AS (
  SELECT singer_profiles_id FROM singer_profiles WHERE singer_profiles_id = $1 FOR KEY SHARE
)`;

const keepSong = `
  WITH ${singer}, changed AS (
    INSERT INTO singer_favorite_songs (singer_profiles_id, artist, title, key_change)
    SELECT singer_profiles_id, $2, $3, $4 FROM singer
    ON CONFLICT DO NOTHING RETURNING 1
  ) SELECT EXISTS (SELECT FROM changed) AS changed FROM singer`;

const dropSong = `
  WITH ${singer}, changed AS (
    DELETE FROM singer_favorite_songs
    WHERE singer_profiles_id = $1 AND artist = $2 AND title = $3 AND key_change = $4 RETURNING 1
  ) SELECT EXISTS (SELECT FROM changed) AS changed FROM singer`;

const outcome = `SELECT EXISTS (SELECT FROM changed) AS changed,
    EXISTS (SELECT FROM singer) AS has_singer, EXISTS (SELECT FROM venue) AS has_venue`;

const venue = `venue AS (SELECT venues_id FROM venues WHERE venues_id = $2 FOR KEY SHARE)`;

const keepVenue = `
  WITH ${singer}, ${venue}, changed AS (
    INSERT INTO singer_favorite_venues (singer_profiles_id, venues_id)
    SELECT singer_profiles_id, venues_id FROM singer, venue
    ON CONFLICT DO NOTHING RETURNING 1
  ) ${outcome}`;

const dropVenue = `
  WITH ${singer}, ${venue}, changed AS (
    DELETE FROM singer_favorite_venues WHERE singer_profiles_id = $1 AND venues_id = $2 RETURNING 1
  ) ${outcome}`;
