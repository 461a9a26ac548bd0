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
import type { SongInput } from './song-input.js';

export interface CsvOptions {
  /** The name of the column with the artist, in any case. Default: `artist`. */
  artistColumn?: string;
  /** The name of the column with the title, in any case. Default: `title`. */
  titleColumn?: string;
  /** What separates the columns. Default: a comma. */
  delimiter?: string;
  /** The most characters that a line may have, quoted line breaks included. Default: 65,536. */
  maxLineLength?: number;
  /** Told how many bytes have been read. */
  onBytes?: (bytes: number) => void;
}

const defaultLineLength = 65_536;

/**
 * The songs in a CSV, whose first line names the columns. A byte order mark, CRLF, quotes and commas in
 * quotes, and lines of unequal length are taken as they come; empty lines are no rows.
 *
 * @throws CsvEncodingError, CsvColumnMissingError, CsvLineTooLongError, CsvSyntaxError while it is read
 */
export async function* songsInCsv(
  bytes: AsyncIterable<Uint8Array>,
  options: CsvOptions = {},
): AsyncGenerator<SongInput> {
  const { artistColumn = 'artist', titleColumn = 'title' } = options;
  const maxLineLength = options.maxLineLength ?? defaultLineLength;
  const parser = parse({
    bom: true,
    delimiter: options.delimiter ?? ',',
    info: true,
    max_record_size: maxLineLength,
    // `Bar 12" Mix` is no correct CSV, and in many files.
    relax_quotes: true,
    relax_column_count: true,
    skip_empty_lines: true,
  });
  // The failure of any part destroys the parser with it, and ends the loop below.
  pipeline(textOf(bytes, options.onBytes), parser, () => undefined);
  let columns: { artist: number; title: number } | undefined;
  try {
    for await (const { record, info } of parser as AsyncIterable<{
      record: string[];
      info: Info;
    }>) {
      if (columns === undefined) {
        columns = {
          artist: columnOf(record, artistColumn),
          title: columnOf(record, titleColumn),
        };
      } else {
        yield {
          artist: record[columns.artist],
          title: record[columns.title],
          line: info.lines,
        };
      }
    }
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const line = Number(error.lines ?? 0);
    if (error.code === 'CSV_MAX_RECORD_SIZE') throw new CsvLineTooLongError(line, maxLineLength);
    throw new CsvSyntaxError(line, error);
  }
  if (columns === undefined) throw new CsvColumnMissingError(artistColumn, []);
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
