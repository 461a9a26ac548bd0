import { Injectable } from '@nestjs/common';
import { SongCatalogueService } from '@singr/database';
import type { AddSongs } from './openkj.schemas.js';

/** A system's songs: OpenKJ clears them, and then uploads them again in batches of 1,000. */
@Injectable()
export class OpenKjCatalogue {
  constructor(private readonly catalogues: SongCatalogueService) {}

  async clear(customerProfileId: string, openkjSystemId: number) {
    await this.catalogues.clear({ customerProfileId, openkjSystemId });
    return {};
  }

  async add(customerProfileId: string, { songs, system_id }: AddSongs) {
    const input = songs.map(({ artist, title }) => ({ artist, title }));
    const { problems } = await this.catalogues.import(input, {
      customerProfileId,
      openkjSystemId: system_id,
      mostProblems: songs.length,
    });
    return {
      errors: problems
        .filter(({ kind }) => kind === 'refused')
        .map(({ line, reason }) => `song ${line}: ${reason}`),
      'entries processed': songs.length,
      last_artist: input.at(-1)?.artist ?? '',
      last_title: input.at(-1)?.title ?? '',
    };
  }
}
