import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream';
import { CsvError, parse, type Info } from 'csv-parse';
import {
  CsvColumnMissingError,
  CsvEncodingError,
  CsvLineTooLongError,
  CsvSyntaxError,
  CsvUnreadableError,
} from '../errors.js';
import { checkedCsvOptions, type CsvOptions } from './csv-options.js';
import type { SongInput } from './song-input.js';

/**
 * The songs in a CSV, whose first line names the columns. A byte order mark, line ends of every kind, quotes
 * and commas in quotes, and lines of unequal length are taken as they come; empty lines are no rows.
 *
 * @throws InvalidCsvOptionError, InvalidCountError, CsvEncodingError, CsvColumnMissingError, CsvLineTooLongError,
 *   CsvSyntaxError while it is read
 */
export async function* songsInCsv(
  bytes: AsyncIterable<Uint8Array>,
  options: CsvOptions = {},
): AsyncGenerator<SongInput> {
  const { artistColumn, titleColumn, delimiter, maxLineLength } = checkedCsvOptions(options);
  const parser = parse({
    bom: true,
    delimiter,
    info: true,
    max_record_size: maxLineLength,
    // Left to itself the parser takes the first line's end for that of all lines.
    record_delimiter: ['\r\n', '\n', '\r'],
    // `Bar 12" Mix` is not correct CSV, and is in many files.
    relax_quotes: true,
    relax_column_count: true,
    skip_empty_lines: true,
  });
  // The failure of any part destroys the parser with it, and ends the loop below.
  pipeline(textOf(bytes, options.onBytes), parser, () => undefined);
  let columns: { artist: number; title: number } | undefined;
  // In quotes the parser counts \r\n as two lines.
  let countedTwice = 0;
  try {
    for await (const { record, info } of parser as AsyncIterable<{
      record: string[];
      info: Info;
    }>) {
      const breaks = record.join('\0').match(/\r\n|\n|\r/g) ?? [];
      countedTwice += breaks.filter((lineEnd) => lineEnd === '\r\n').length;
      if (columns === undefined) {
        columns = {
          artist: columnOf(record, artistColumn),
          title: columnOf(record, titleColumn),
        };
        continue;
      }
      const [artist, title] = [record[columns.artist], record[columns.title]];
      const last = info.lines - countedTwice;
      const line = last - breaks.length;
      yield isSwallowed(record, artist, title)
        ? { artist, title, line, refused: `lines ${line}–${last}: a quote that is not closed` }
        : { artist, title, line };
    }
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const line = Number(error.lines ?? 0);
    if (error.code === 'CSV_MAX_RECORD_SIZE') throw new CsvLineTooLongError(line, maxLineLength);
    throw new CsvSyntaxError(line, error);
  }
  if (columns === undefined) throw new CsvColumnMissingError(artistColumn, []);
}

/**
 * Whether a quote that is not closed took further lines with it, up to the next quote: no artist and no title
 * has a line break, and what the parser could not take for quoted has its quote still.
 */
function isSwallowed(record: readonly string[], artist = '', title = ''): boolean {
  return (
    hasLineBreak(artist) ||
    hasLineBreak(title) ||
    record.some((field) => field.startsWith('"') && hasLineBreak(field))
  );
}

function hasLineBreak(text: string): boolean {
  return /[\r\n]/.test(text);
}

/** The bytes of a file. @throws CsvUnreadableError while it is read */
export async function* bytesOf(file: string): AsyncGenerator<Uint8Array> {
  try {
    yield* createReadStream(file) as AsyncIterable<Buffer>;
  } catch (error) {
    if ((error as { syscall?: string }).syscall === undefined) throw error;
    throw new CsvUnreadableError(file, error as Error);
  }
}

async function* textOf(
  chunks: AsyncIterable<Uint8Array>,
  onBytes: (bytes: number) => void = () => undefined,
): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let bytes = 0;
  try {
    for await (const chunk of chunks) {
      yield decoder.decode(chunk, { stream: true });
      onBytes((bytes += chunk.length));
    }
    yield decoder.decode();
  } catch (error) {
    if ((error as { code?: string }).code === 'ERR_ENCODING_INVALID_ENCODED_DATA') {
      throw new CsvEncodingError(error);
    }
    throw error;
  }
}

function columnOf(names: readonly string[], wanted: string): number {
  const same = (name: string) => name.trim().toLowerCase() === wanted.trim().toLowerCase();
  const column = names.findIndex(same);
  if (column === -1) throw new CsvColumnMissingError(wanted, names);
  return column;
}
