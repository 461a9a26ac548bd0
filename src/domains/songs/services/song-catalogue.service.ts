import { Injectable } from '@nestjs/common';
import { Transactional } from '../../../engine/transaction/transactional.decorator.js';
import type { Catalogue } from '../import/catalogue.js';
import type { CsvOptions } from '../import/csv-options.js';
import { formatOf } from '../import/csv-format.js';
import { previewOf, type CsvPreview, type PreviewOptions } from '../import/csv-preview.js';
import { songsInCsv } from '../import/csv-songs.js';
import type { ImportOptions, Patience } from '../import/import-options.js';
import type { ImportSummary } from '../import/import-summary.js';
import { withSpooled } from '../import/spooled-csv.js';
import { withSpooledSongs } from '../import/spooled-songs.js';
import type { SongInput } from '../import/song-input.js';
import { SongRepository } from '../repositories/song.repository.js';
import { CatalogueImport, checkProblems } from './catalogue-import.js';
import { assertCatalogue, takeTurn } from './catalogue-turn.js';

/** Uploads and clears the systems' song catalogues. */
@Injectable()
export class SongCatalogueService {
  constructor(
    private readonly songs: SongRepository,
    private readonly catalogueImport: CatalogueImport,
  ) {}

  /**
   * Adds songs to a catalogue, or replaces it by these. It runs in one transaction, so a failure, also of the
   * source, changes nothing. Memory does not grow with the number of songs. Imports of one catalogue wait for
   * each other.
   *
   * Songs that normalise to the same text are one song. A song that is in the catalogue already gets the
   * spelling of the first row that names it. It is not written when it has that spelling.
   *
   * The source of an async iterable decides how long it takes. So its rows are collected in a temporary file
   * first; no connection is held until all have arrived.
   *
   * @throws CustomerProfileNotFoundError, InvalidSystemNumberError, InvalidCountError, EmptyCatalogueError,
   *   CatalogueBusyError, and what the source throws
   */
  async import(
    source: AsyncIterable<SongInput> | Iterable<SongInput>,
    options: ImportOptions,
  ): Promise<ImportSummary> {
    if (!(Symbol.asyncIterator in source)) return this.catalogueImport.run(source, options);
    checkProblems(options);
    const { onProgress, ...others } = options;
    return withSpooledSongs(source, onProgress, (songs) =>
      this.catalogueImport.run(songs, {
        ...others,
        onProgress: (progress) => progress.phase === 'writing' && onProgress?.(progress),
      }),
    );
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
    return this.catalogueImport.run(
      songsInCsv(file, { encoding, delimiter, ...more }, options),
      options,
    );
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
}
