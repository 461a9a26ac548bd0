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

/** @throws InvalidCsvOptionError */
export function checkedArrival({
  maxBytes = 256 * 1024 * 1024,
  arrivalTimeoutMs = 10 * 60 * 1000,
}: CsvOptions): Required<Pick<CsvOptions, 'maxBytes' | 'arrivalTimeoutMs'>> {
  if (!(Number.isInteger(maxBytes) && maxBytes > 0)) {
    throw new InvalidCsvOptionError(
      `A maxBytes of ${String(maxBytes)} is not valid. Give a whole number of bytes, 1 or more.`,
    );
  }
  if (!(Number.isInteger(arrivalTimeoutMs) && arrivalTimeoutMs > 0 && arrivalTimeoutMs <= day)) {
    throw new InvalidCsvOptionError(
      `An arrivalTimeoutMs of ${String(arrivalTimeoutMs)} is not valid. Give whole milliseconds from 1 to ${day}.`,
    );
  }
  return { maxBytes, arrivalTimeoutMs };
}

/** @throws InvalidCsvOptionError */
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
  if (!(Number.isInteger(maxLineLength) && maxLineLength > 0)) {
    throw new InvalidCsvOptionError(
      `A maxLineLength of ${String(maxLineLength)} is not valid. Give a whole number of bytes, 1 or more.`,
    );
  }
  return { artistColumn, titleColumn, delimiter, maxLineLength };
}
