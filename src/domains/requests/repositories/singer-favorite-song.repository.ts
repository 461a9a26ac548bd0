import { DomainRepository } from '../../common/domain.repository.js';
import type { SingerFavoriteSong } from '../entities/singer-favorite-song.entity.js';
import { singer } from './lock-singer.js';

const keep = `
  WITH ${singer}, changed AS (
    INSERT INTO singer_favorite_songs (singer_profiles_id, artist, title, key_change)
    SELECT singer_profiles_id, $2, $3, $4 FROM singer
    ON CONFLICT DO NOTHING RETURNING 1
  ) SELECT EXISTS (SELECT FROM changed) AS changed FROM singer`;

const drop = `
  WITH ${singer}, changed AS (
    DELETE FROM singer_favorite_songs
    WHERE singer_profiles_id = $1 AND artist = $2 AND title = $3 AND key_change = $4 RETURNING 1
  ) SELECT EXISTS (SELECT FROM changed) AS changed FROM singer`;

export class SingerFavoriteSongRepository extends DomainRepository<SingerFavoriteSong> {
  /**
   * Adds or removes a favourite song. Returns whether that changed anything; undefined when the singer does
   * not exist.
   *
   * @internal
   */
  async set(
    singerProfileId: string,
    { artist, title, keyChange }: Pick<SingerFavoriteSong, 'artist' | 'title' | 'keyChange'>,
    favorite: boolean,
  ): Promise<boolean | undefined> {
    const [outcome] = await this.query<{ changed: boolean }[]>(favorite ? keep : drop, [
      singerProfileId,
      artist,
      title,
      keyChange,
    ]);
    return outcome?.changed;
  }
}
