import { pipeline } from 'node:stream';
import { CsvError, parse, type Info } from 'csv-parse';
import { CsvColumnMissingError, CsvLineTooLongError, CsvSyntaxError } from '../errors.js';
import { bytesOf, textOf } from './csv-encoding.js';
import { nameOf, type ReadFormat } from './csv-format.js';
import {
  checkedCsvOptions,
  type CsvColumn,
  type CsvOptions,
  type SongColumns,
} from './csv-options.js';
import type { SongInput } from './song-input.js';

/**
 * The delimiter for a file with one column. No list contains this control character, and `displayText()`
 * removes it.
 */
const noDelimiter = '\x1f';

/** The separator of artist and title in one column. */
const separator = /\s[-–—]\s/;

/** The places of a song's columns, from 0. */
type Places = { artist: number; title: number } | { combined: number };

/**
 * Reads the songs in a CSV file. It accepts a byte order mark, all kinds of line ends, quotes, delimiters in
 * quotes, and lines with too few fields. It skips empty lines, and refuses lines with too many fields.
 *
 * @throws InvalidCsvOptionError, InvalidCountError, CsvEncodingError, CsvColumnMissingError, CsvLineTooLongError,
 *   CsvSyntaxError, CsvUnreadableError while it is read
 */
export async function* songsInCsv(
  file: string,
  { encoding, delimiter, hasSeparatorLine, usualFields }: ReadFormat,
  options: CsvOptions = {},
): AsyncGenerator<SongInput> {
  const { columns, header, maxLineLength } = checkedCsvOptions(options);
  const parser = parse({
    delimiter: delimiter ?? noDelimiter,
    info: true,
    max_record_size: maxLineLength,
    // By default the parser expects all lines to end as the first one does.
    record_delimiter: ['\r\n', '\n', '\r'],
    // `Bar 12" Mix` is not valid CSV, but many files contain such fields.
    relax_quotes: true,
    relax_column_count: true,
    skip_empty_lines: true,
  });
  // An error in any of these streams destroys the parser, and ends the loop below.
  pipeline(textOf(bytesOf(file), encoding, options.onBytes), parser, () => undefined);
  let places: Places | undefined;
  let fields = usualFields;
  let isSeparatorLine = hasSeparatorLine;
  // In quotes the parser counts \r\n as two lines.
  let countedTwice = 0;
  try {
    for await (const { record, info } of parser as AsyncIterable<{
      record: string[];
      info: Info;
    }>) {
      const breaks = record.join('\0').match(/\r\n|\n|\r/g) ?? [];
      countedTwice += breaks.filter((lineEnd) => lineEnd === '\r\n').length;
      if (isSeparatorLine) {
        isSeparatorLine = false;
        continue;
      }
      if (places === undefined) {
        if (header) fields = record.length;
        places = placesOf(columns, header ? record : Array<string>(fields).fill(''));
        if (header) continue;
      }
      const last = info.lines - countedTwice;
      const line = last - breaks.length;
      const song = { ...songIn(record, places), line };
      if (isSwallowed(record, song)) {
        yield { ...song, refused: `lines ${line}–${last}: a quote that is not closed` };
      } else if (record.slice(fields).some((field) => field.trim() !== '')) {
        const usual = header ? 'the first line has' : 'most lines have';
        yield { ...song, refused: `${record.length} fields, and ${usual} ${fields}` };
      } else {
        yield song;
      }
    }
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const line = Number(error.lines ?? 0);
    if (error.code === 'CSV_MAX_RECORD_SIZE') throw new CsvLineTooLongError(line, maxLineLength);
    throw new CsvSyntaxError(line, error);
  }
  if (places === undefined && header) throw new CsvColumnMissingError(firstOf(columns), []);
}

interface SongFields {
  artist: string | undefined;
  title: string | undefined;
  refused?: string;
}

function songIn(record: readonly string[], places: Places): SongFields {
  if (!('combined' in places)) {
    return { artist: record[places.artist], title: record[places.title] };
  }
  const text = record[places.combined] ?? '';
  const [between] = separator.exec(text) ?? [];
  if (between === undefined) {
    const refused = text.trim() === '' ? 'neither artist nor title' : 'no " - " after an artist';
    return { artist: text, title: '', refused };
  }
  const end = text.indexOf(between);
  return { artist: text.slice(0, end), title: text.slice(end + between.length) };
}

/**
 * Whether the row contains further lines because a quote was not closed. An artist or title with a line break
 * shows this, and so does a field that still begins with its quote.
 */
function isSwallowed(record: readonly string[], { artist = '', title = '' }: SongFields): boolean {
  return (
    hasLineBreak(artist) ||
    hasLineBreak(title) ||
    record.some((field) => field.startsWith('"') && hasLineBreak(field))
  );
}

function hasLineBreak(text: string): boolean {
  return /[\r\n]/.test(text);
}

/** @param names the columns' names, or blanks where they have none */
function placesOf(columns: SongColumns, names: readonly string[]): Places {
  const placeOf = (wanted: CsvColumn) => {
    const place =
      typeof wanted === 'number'
        ? wanted - 1
        : names.findIndex((name) => nameOf(name) === nameOf(wanted));
    if (place === -1 || place >= names.length) throw new CsvColumnMissingError(wanted, names);
    return place;
  };
  return 'combined' in columns
    ? { combined: placeOf(columns.combined) }
    : { artist: placeOf(columns.artist), title: placeOf(columns.title) };
}

function firstOf(columns: SongColumns): CsvColumn {
  return 'combined' in columns ? columns.combined : columns.artist;
}
