import { DatabaseError } from '../../engine/common/errors/database.error.js';

/** A search for songs has a value that is not valid. The database was not queried. */
export class InvalidSongSearchError extends DatabaseError {
  readonly code = 'INVALID_SONG_SEARCH';
}

/** A search for songs exceeded its time limit. It has no result. */
export class SongSearchTimeoutError extends DatabaseError {
  readonly code = 'SONG_SEARCH_TIMEOUT';

  constructor(timeoutMs: number, cause: unknown) {
    super(
      `The search took longer than ${timeoutMs} ms. ` +
        'Search one customer or one system, type more letters, or allow more time (timeoutMs).',
      { cause },
    );
  }
}

/** The number cannot be a system's number in OpenKJ. Nothing was written. */
export class InvalidSystemNumberError extends DatabaseError {
  readonly code = 'INVALID_SYSTEM_NUMBER';

  constructor(openkjSystemId: number) {
    super(
      `${String(openkjSystemId)} is not a number of a system in OpenKJ. Give a whole number from 0 to 2147483647.`,
    );
  }
}

/** Another import of the same catalogue did not end in time. Nothing was written. */
export class CatalogueBusyError extends DatabaseError {
  readonly code = 'CATALOGUE_BUSY';

  constructor(openkjSystemId: number, seconds: number) {
    super(
      `The catalogue of system ${openkjSystemId} is being written by another import, which has not ended in ${seconds} s. ` +
        'Try again later, or wait longer (patienceMs).',
    );
  }
}

/** A catalogue was to be replaced, and the source has no song. Nothing was written. */
export class EmptyCatalogueError extends DatabaseError {
  readonly code = 'CATALOGUE_EMPTY';

  constructor(rows: number) {
    super(
      `There is no song in ${rows === 0 ? 'the source' : `any of the source's ${rows} rows`}, and replacing the catalogue would delete it all. ` +
        'Check the source; to empty a catalogue, use clear().',
    );
  }
}

/** An upload in parts has more rows than its limit. The last part was not stored. */
export class UploadTooLargeError extends DatabaseError {
  readonly code = 'UPLOAD_TOO_LARGE';

  constructor(openkjSystemId: number, mostSongs: number) {
    super(
      `The upload to system ${openkjSystemId} has more than ${mostSongs} songs. ` +
        'Begin it again with fewer songs, or allow more (mostSongs).',
    );
  }
}

/** The options for reading a CSV are not valid. Nothing was written. */
export class InvalidCsvOptionError extends DatabaseError {
  readonly code = 'INVALID_CSV_OPTION';
}

/** A CSV file does not have the given column. Nothing was written. */
export class CsvColumnMissingError extends DatabaseError {
  readonly code = 'CSV_COLUMN_MISSING';

  constructor(
    readonly column: string | number,
    /** The names of the columns in the first line; blank for a column without a name. */
    readonly found: readonly string[],
  ) {
    super(
      `The CSV has no column ${typeof column === 'number' ? column : `"${column}"`}; ` +
        `its first line has ${describeNames(found)}. ` +
        'Give the names as in that line, or the numbers of the columns (--artist-column 2 --title-column 3); ' +
        'if the first line is a song, say so (--no-header); if a column has both, use --combined-column.',
    );
  }
}

function describeNames(names: readonly string[]): string {
  if (names.length === 0) return 'none at all';
  if (names.every((name) => name === '')) return `${names.length} without a name`;
  return names.map((name) => `"${name}"`).join(', ');
}

/** A line of a CSV file is too long for a song, such as when a quote is not closed. Nothing was written. */
export class CsvLineTooLongError extends DatabaseError {
  readonly code = 'CSV_LINE_TOO_LONG';

  constructor(
    readonly line: number,
    mostBytes: number,
  ) {
    super(
      `Line ${line} of the CSV, or the quoted text that begins near it, has more than ${mostBytes} bytes. ` +
        'Look for a quote that is not closed, or for a file that is not a CSV.',
    );
  }
}

/** A streamed CSV exceeds the size limit. Nothing was written. */
export class CsvTooLargeError extends DatabaseError {
  readonly code = 'CSV_TOO_LARGE';

  constructor(maxBytes: number) {
    super(`The CSV has more than ${maxBytes} bytes. Send it in parts, or allow more (maxBytes).`);
  }
}

/** A streamed CSV did not arrive completely in time. Nothing was written. */
export class CsvTooSlowError extends DatabaseError {
  readonly code = 'CSV_TOO_SLOW';

  constructor(seconds: number) {
    super(
      `The CSV did not arrive within ${seconds} s. Send it again, or allow more time (arrivalTimeoutMs).`,
    );
  }
}

/** A file is not valid CSV. Nothing was written. */
export class CsvSyntaxError extends DatabaseError {
  readonly code = 'CSV_SYNTAX';

  constructor(
    readonly line: number,
    cause: Error,
  ) {
    super(
      `The CSV cannot be read at line ${line}: ${cause.message}. Correct that line, or export the file again.`,
      { cause },
    );
  }
}

/** The encoding of a CSV file is not supported, or is not the given one. Nothing was written. */
export class CsvEncodingError extends DatabaseError {
  readonly code = 'CSV_ENCODING';

  constructor(cause?: unknown) {
    super(
      'The CSV is not valid in UTF-8, UTF-16 or Windows-1252, or not in the given encoding. ' +
        'Export it as UTF-8, convert it (iconv -f SHIFT_JIS -t UTF-8 songs.csv > utf8.csv), or give its encoding (--encoding).',
      { cause },
    );
  }
}

/** A CSV file does not exist or cannot be read. Nothing was written. */
export class CsvUnreadableError extends DatabaseError {
  readonly code = 'CSV_UNREADABLE';

  constructor(file: string, cause: Error) {
    super(
      `The file "${file}" cannot be read (${cause.message}). Check its name and who may read it.`,
      {
        cause,
      },
    );
  }
}
