import { Injectable } from '@nestjs/common';
import { CatalogueUploadService, EmptyCatalogueError, SongCatalogueService } from '@singr/database';
import type { AddSongs } from './openkj.schemas.js';

/** The number of songs in a full batch. OpenKJ's last batch has fewer. */
const songsInFullBatch = 1000;

/**
 * Receives a system's songs: OpenKJ clears them, and then uploads them in batches. Singers see only complete
 * catalogues.
 */
@Injectable()
export class OpenKjCatalogue {
  constructor(
    private readonly uploads: CatalogueUploadService,
    private readonly catalogues: SongCatalogueService,
  ) {}

  async clear(customerProfileId: string, openkjSystemId: number) {
    await this.uploads.begin({ customerProfileId, openkjSystemId }, { replace: true });
    return {};
  }

  async add(customerProfileId: string, { songs, system_id: openkjSystemId }: AddSongs) {
    const catalogue = { customerProfileId, openkjSystemId };
    const input = songs.map(({ artist, title }) => ({ artist, title }));
    const batch = await this.uploads.add(catalogue, input);
    if (songs.length < songsInFullBatch) await this.finish(catalogue);
    return {
      errors: batch.refused.map(({ line, reason }) => `song ${line}: ${reason}`),
      'entries processed': batch.rows,
      last_artist: batch.lastArtist ?? '',
      last_title: batch.lastTitle ?? '',
    };
  }

  private async finish(catalogue: { customerProfileId: string; openkjSystemId: number }) {
    try {
      await this.uploads.finish(catalogue);
    } catch (error) {
      // The host's catalogue is empty.
      if (!(error instanceof EmptyCatalogueError)) throw error;
      await this.catalogues.clear(catalogue);
      await this.uploads.discard(catalogue);
    }
  }
}
