import { checkCount } from '../../../engine/common/check-count.js';
import { InvalidCsvOptionError } from '../errors.js';
import { csvEncodings, type CsvEncoding } from './csv-encoding.js';
import type { CsvFormat } from './csv-format.js';

/** A column: its name in the first line, in any case, or its number, from 1. */
export type CsvColumn = string | number;

export interface CsvOptions {
  /** The column with the artist. Default: `artist`; without a header, the first. */
  artistColumn?: CsvColumn;
  /** The column with the title. Default: `title`; without a header, the second. */
  titleColumn?: CsvColumn;
  /**
   * The column with artist and title, such as `Queen - Bohemian Rhapsody`; it replaces the other two. The
   * artist ends at the first hyphen or dash between spaces.
   */
  combinedColumn?: CsvColumn;
  /** Whether the first line names the columns. Default: true. */
  header?: boolean;
  /** The separator of the columns. Default: comma, `;`, tab or `|`, detected from the first lines. */
  delimiter?: string;
  /** Default: detected from the bytes. */
  encoding?: CsvEncoding;
  /** The maximum length of a line in bytes, quoted line breaks included. Default: 65,536. */
  maxLineLength?: number;
  /** The maximum size for `importCsv()` in bytes, 1 or more. Default: 256 MiB. */
  maxBytes?: number;
  /** How long the bytes of `importCsv()` may take to arrive, in whole milliseconds, up to a day. Default: 10 minutes. */
  arrivalTimeoutMs?: number;
  /** Called with the number of bytes that have been read. */
  onBytes?: (bytes: number) => void;
  /** Called with the format of the CSV, before its first row. */
  onFormat?: (format: CsvFormat) => void;
}

/** The columns that hold a song. */
export type SongColumns = { artist: CsvColumn; title: CsvColumn } | { combined: CsvColumn };

export interface CheckedCsvOptions {
  columns: SongColumns;
  header: boolean;
  delimiter: string | undefined;
  encoding: CsvEncoding | undefined;
  maxLineLength: number;
}

const day = 24 * 60 * 60 * 1000;

/** @throws InvalidCountError */
export function checkedArrival({
  maxBytes = 256 * 1024 * 1024,
  arrivalTimeoutMs = 10 * 60 * 1000,
}: CsvOptions): Required<Pick<CsvOptions, 'maxBytes' | 'arrivalTimeoutMs'>> {
  checkCount('maxBytes', maxBytes, { most: Number.MAX_SAFE_INTEGER });
  checkCount('arrivalTimeoutMs', arrivalTimeoutMs, { most: day });
  return { maxBytes, arrivalTimeoutMs };
}

/** @throws InvalidCsvOptionError, InvalidCountError */
export function checkedCsvOptions(options: CsvOptions): CheckedCsvOptions {
  const { header = true, delimiter, encoding, maxLineLength = 65_536 } = options;
  if (delimiter !== undefined && !/^[^"\r\n]+$/.test(delimiter)) {
    throw new InvalidCsvOptionError(
      `The delimiter ${JSON.stringify(delimiter)} is not valid. Give a character such as ",", ";" or a tab.`,
    );
  }
  if (encoding !== undefined && !csvEncodings.includes(encoding)) {
    throw new InvalidCsvOptionError(
      `The encoding ${JSON.stringify(encoding)} is not read. Give one of ${csvEncodings.join(', ')}, or convert the file.`,
    );
  }
  checkCount('maxLineLength', maxLineLength, { most: Number.MAX_SAFE_INTEGER });
  return { columns: songColumns(options, header), header, delimiter, encoding, maxLineLength };
}

function songColumns(options: CsvOptions, header: boolean): SongColumns {
  const {
    combinedColumn: combined,
    artistColumn: artist = header ? 'artist' : 1,
    titleColumn: title = header ? 'title' : 2,
  } = options;
  if (combined === undefined) {
    checkColumn('artistColumn', artist, header);
    checkColumn('titleColumn', title, header);
    return { artist, title };
  }
  if (options.artistColumn !== undefined || options.titleColumn !== undefined) {
    throw new InvalidCsvOptionError(
      'The combinedColumn has artist and title. Leave out artistColumn and titleColumn.',
    );
  }
  checkColumn('combinedColumn', combined, header);
  return { combined };
}

function checkColumn(option: string, column: CsvColumn, header: boolean): void {
  if (typeof column === 'number') {
    checkCount(option, column);
  } else if (!header) {
    throw new InvalidCsvOptionError(
      `Without a header no column has the name ${JSON.stringify(column)}. Give the ${option}’s number, from 1.`,
    );
  }
}
