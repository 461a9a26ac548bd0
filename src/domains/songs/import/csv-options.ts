import { checkCount } from '../../../engine/common/check-count.js';
import { InvalidCsvOptionError } from '../errors.js';

export interface CsvOptions {
  /** The name of the column with the artist, in any case. Default: `artist`. */
  artistColumn?: string;
  /** The name of the column with the title, in any case. Default: `title`. */
  titleColumn?: string;
  /** What separates the columns. Default: a comma. */
  delimiter?: string;
  /** The most bytes that a line may have, quoted line breaks included. Default: 65,536. */
  maxLineLength?: number;
  /** The most bytes that `importCsv()` takes, 1 or more. Default: 256 MiB. */
  maxBytes?: number;
  /** How long the bytes of `importCsv()` may take to arrive, in whole milliseconds, up to a day. Default: 10 minutes. */
  arrivalTimeoutMs?: number;
  /** Told how many bytes have been read. */
  onBytes?: (bytes: number) => void;
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
export function checkedCsvOptions(
  options: CsvOptions,
): Required<Pick<CsvOptions, 'artistColumn' | 'titleColumn' | 'delimiter' | 'maxLineLength'>> {
  const {
    artistColumn = 'artist',
    titleColumn = 'title',
    delimiter = ',',
    maxLineLength = 65_536,
  } = options;
  if (!/^[^"\r\n]+$/.test(delimiter)) {
    throw new InvalidCsvOptionError(
      `The delimiter ${JSON.stringify(delimiter)} cannot separate columns. Give a character such as ",", ";" or a tab.`,
    );
  }
  checkCount('maxLineLength', maxLineLength, { most: Number.MAX_SAFE_INTEGER });
  return { artistColumn, titleColumn, delimiter, maxLineLength };
}
