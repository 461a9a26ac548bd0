import { Injectable } from '@nestjs/common';
import { checkCount } from '../../../engine/common/check-count.js';
import { Transactional } from '../../../engine/transaction/transactional.decorator.js';
import { EmptyCatalogueError } from '../errors.js';
import type { ImportOptions, ImportProgress } from '../import/import-options.js';
import type { ImportProblem, ImportSummary } from '../import/import-summary.js';
import { cleanSong, type CleanSong, type SongInput } from '../import/song-input.js';
import { SongRepository } from '../repositories/song.repository.js';
import type { StagedSongs } from '../repositories/staged-songs.js';
import { assertCatalogue, takeTurn } from './catalogue-turn.js';

/** The number of rows that are read before they are passed on: some hundred kilobytes. */
const batchRows = 5000;

/**
 * The maximum number of problems in the summary.
 *
 * @throws InvalidCountError
 */
export function checkProblems({ mostProblems = 100 }: ImportOptions): number {
  checkCount('mostProblems', mostProblems, { least: 0 });
  return mostProblems;
}

/** Writes songs into a catalogue. The transaction is open while the source is read. */
@Injectable()
export class CatalogueImport {
  constructor(private readonly songs: SongRepository) {}

  @Transactional()
  async run(
    source: AsyncIterable<SongInput> | Iterable<SongInput>,
    options: ImportOptions,
  ): Promise<ImportSummary> {
    const mostProblems = checkProblems(options);
    const { onProgress = () => undefined } = options;
    await assertCatalogue(this.songs, options);
    const staged = this.songs.stage();
    await staged.create();
    const read = await this.stage(source, staged, mostProblems, onProgress);
    const total = await staged.reduce();
    if (total === 0 && options.replace) throw new EmptyCatalogueError(read.rows);
    await takeTurn(this.songs, options);
    const written = await this.write(staged, total, options, onProgress);
    const duplicates = read.rows - read.refused - total;
    const problems = duplicates === 0 ? [] : await staged.duplicates(mostProblems);
    await staged.drop();
    return {
      rows: read.rows,
      ...written,
      unchanged: total - written.inserted - written.updated,
      duplicates,
      refused: read.refused,
      problems: [...read.problems, ...problems]
        .sort((a, b) => a.line - b.line)
        .slice(0, mostProblems),
    };
  }

  private async stage(
    source: AsyncIterable<SongInput> | Iterable<SongInput>,
    staged: StagedSongs,
    mostProblems: number,
    onProgress: (progress: ImportProgress) => void,
  ): Promise<{ rows: number; refused: number; problems: ImportProblem[] }> {
    const read = { rows: 0, refused: 0, problems: [] as ImportProblem[] };
    let lines: number[] = [];
    let songs: CleanSong[] = [];
    const pass = async () => {
      if (songs.length > 0) await staged.add(lines, songs);
      lines = [];
      songs = [];
      onProgress({ phase: 'reading', rows: read.rows });
    };
    for await (const input of source) {
      const line = input.line ?? read.rows + 1;
      read.rows++;
      const song = cleanSong(input);
      if (typeof song !== 'string') {
        lines.push(line);
        songs.push(song);
        if (songs.length === batchRows) await pass();
        continue;
      }
      read.refused++;
      if (read.problems.length < mostProblems) {
        read.problems.push({ line, kind: 'refused', reason: song });
      }
    }
    await pass();
    return read;
  }

  private async write(
    staged: StagedSongs,
    total: number,
    { replace = false, ...catalogue }: ImportOptions,
    onProgress: (progress: ImportProgress) => void,
  ): Promise<{ inserted: number; updated: number; deleted: number }> {
    const writer = this.songs.writer(catalogue);
    const { songs } = staged;
    let [deleted, updated] = [0, 0];
    if (!(await writer.isEmpty())) {
      await staged.index();
      if (replace) deleted += await writer.deleteOthers(songs);
      deleted += await writer.deleteMisspelt(songs);
      updated = await writer.update(songs, total, () => undefined);
    }
    const inserted = await writer.insert(songs, total, (rows) =>
      onProgress({ phase: 'writing', rows, total }),
    );
    return { inserted, updated, deleted };
  }
}
