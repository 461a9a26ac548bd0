export { SongsModule } from './songs.module.js';
export { SongDb } from './entities/song-db.entity.js';
export type { Catalogue } from './import/catalogue.js';
export { csvEncodings, type CsvEncoding } from './import/csv-encoding.js';
export type { CsvFormat } from './import/csv-format.js';
export type { CsvColumn, CsvOptions } from './import/csv-options.js';
export type { CsvPreview, PreviewOptions } from './import/csv-preview.js';
export type { ImportOptions, ImportProgress, Patience } from './import/import-options.js';
export type { ImportProblem, ImportSummary } from './import/import-summary.js';
export type { SongInput } from './import/song-input.js';
export {
  SongPopularityRepository,
  type PopularityOptions,
  type RequestedSong,
} from './popularity/song-popularity.repository.js';
export { SongRepository } from './repositories/song.repository.js';
export type { ArtistInitial, ArtistPage, ArtistSearch, CatalogueArtist } from './search/artists.js';
export type { SongMatch, SongPage, SongPageSearch, SongSearch } from './search/song-search.js';
export {
  CatalogueUploadService,
  type AddSongsOptions,
  type FinishedUpload,
  type FinishQuietOptions,
  type FinishUploadOptions,
  type UploadedBatch,
} from './services/catalogue-upload.service.js';
export { SongCatalogueService } from './services/song-catalogue.service.js';
export { displayText, normalizeText, songFingerprint } from './text/song-text.js';
export {
  CatalogueBusyError,
  CsvColumnMissingError,
  CsvEncodingError,
  CsvLineTooLongError,
  CsvSyntaxError,
  CsvTooLargeError,
  CsvTooSlowError,
  CsvUnreadableError,
  EmptyCatalogueError,
  InvalidCsvOptionError,
  InvalidSongSearchError,
  InvalidSystemNumberError,
  SongSearchTimeoutError,
  UploadTooLargeError,
} from './errors.js';
