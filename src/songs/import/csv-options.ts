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
  /** Told how many bytes have been read. */
  onBytes?: (bytes: number) => void;
}

/** @throws InvalidCsvOptionError */
export function checkedCsvOptions(options: CsvOptions): Required<Omit<CsvOptions, 'onBytes'>> {
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
