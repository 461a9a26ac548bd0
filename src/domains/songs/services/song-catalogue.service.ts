import { Injectable } from '@nestjs/common';
import { checkCount } from '../../../engine/common/check-count.js';
import { Transactional } from '../../../engine/transaction/transactional.decorator.js';
import { EmptyCatalogueError } from '../errors.js';
import type { Catalogue } from '../import/catalogue.js';
import type { CsvOptions } from '../import/csv-options.js';
import { formatOf } from '../import/csv-format.js';
import { previewOf, type CsvPreview, type PreviewOptions } from '../import/csv-preview.js';
import { songsInCsv } from '../import/csv-songs.js';
import type { ImportProblem, ImportSummary } from '../import/import-summary.js';
import { withSpooled } from '../import/spooled-csv.js';
import { cleanSong, type CleanSong, type SongInput } from '../import/song-input.js';
import { SongRepository } from '../repositories/song.repository.js';
import type { StagedSongs } from '../repositories/staged-songs.js';
import { assertCatalogue, takeTurn, type Patience } from './catalogue-turn.js';

/** How far an import has come. */
export interface ImportProgress {
  phase: 'reading' | 'writing';
  /** Rows read, or songs written, so far. */
  rows: number;
  /** The number of songs to write; unknown while reading. */
  total?: number;
}

export interface ImportOptions extends Catalogue, Patience {
  /**
   * Deletes the songs that the source does not have. The source must have at least one song. Default: false.
   */
  replace?: boolean;
  /** The maximum number of problems in the summary, 0 to 1,000,000. Default: 100. */
  mostProblems?: number;
  onProgress?: (progress: ImportProgress) => void;
}

/** The number of rows that are read before they are passed on: some hundred kilobytes. */
const batchRows = 5000;

/** Uploads and clears the systems' song catalogues. */
@Injectable()
export class SongCatalogueService {
  constructor(private readonly songs: SongRepository) {}

  /**
   * Adds songs to a catalogue, or replaces it by these. It runs in one transaction, so a failure, also of the
   * source, changes nothing. Memory does not grow with the number of songs. Imports of one catalogue wait for
   * each other.
   *
   * Songs that normalise to the same text are one song. A song that is in the catalogue already gets the
   * spelling of the first row that names it. It is not written when it has that spelling.
   *
   * The transaction is open while the source is read. Write a source to a file first if it may pause for
   * longer than `timeouts.idleInTransaction`.
   *
   * @throws CustomerProfileNotFoundError, InvalidSystemNumberError, InvalidCountError, EmptyCatalogueError,
   *   CatalogueBusyError, and what the source throws
   */
  @Transactional()
  async import(
    source: AsyncIterable<SongInput> | Iterable<SongInput>,
    options: ImportOptions,
  ): Promise<ImportSummary> {
    const { mostProblems = 100, onProgress = () => undefined } = options;
    checkCount('mostProblems', mostProblems, { least: 0 });
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

  /**
   * Imports a CSV from a stream of bytes, such as the body of an upload. The bytes are collected in a
   * temporary file; no connection is held until all have arrived.
   *
   * @throws InvalidCsvOptionError, CsvTooLargeError, CsvTooSlowError, CsvEncodingError, CsvColumnMissingError, CsvLineTooLongError,
   *   CsvSyntaxError, and what `import` throws
   */
  importCsv(
    bytes: AsyncIterable<Uint8Array>,
    options: ImportOptions & CsvOptions,
  ): Promise<ImportSummary> {
    return withSpooled(bytes, options, (file) =>
      this.importFile(file, { ...options, onBytes: undefined }),
    );
  }

  /**
   * Imports a CSV file of any size, as `importCsv()` does.
   *
   * @throws CsvUnreadableError, and the errors of `importCsv` about a CSV
   */
  async importFile(file: string, options: ImportOptions & CsvOptions): Promise<ImportSummary> {
    const { encoding, delimiter, ...more } = await formatOf(file, options);
    options.onFormat?.({ encoding, delimiter });
    return this.import(songsInCsv(file, { encoding, delimiter, ...more }, options), options);
  }

  /**
   * Reads a CSV file as `importFile()` does, and returns its first songs as they would be in the catalogue.
   * The database is not queried.
   *
   * @throws InvalidCsvOptionError, InvalidCountError, CsvEncodingError, CsvColumnMissingError, CsvLineTooLongError,
   *   CsvSyntaxError, CsvUnreadableError
   */
  previewFile(file: string, options: PreviewOptions = {}): Promise<CsvPreview> {
    return previewOf(file, options);
  }

  /**
   * Deletes a whole catalogue, and returns the number of deleted songs.
   *
   * @throws CustomerProfileNotFoundError, InvalidSystemNumberError, InvalidCountError, CatalogueBusyError
   */
  @Transactional()
  async clear(catalogue: Catalogue & Patience): Promise<number> {
    await assertCatalogue(this.songs, catalogue);
    await takeTurn(this.songs, catalogue);
    return this.songs.writer(catalogue).deleteAll();
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
