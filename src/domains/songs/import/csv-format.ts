import { bytesOf, encodingOf, textOf, type CsvEncoding } from './csv-encoding.js';
import { checkedCsvOptions, type CheckedCsvOptions, type CsvOptions } from './csv-options.js';

/** The format in which a CSV is read. */
export interface CsvFormat {
  encoding: CsvEncoding;
  /** The separator of the columns; null when each line is one column. */
  delimiter: string | null;
}

/** A format with values that only the reader of the rows needs. */
export interface ReadFormat extends CsvFormat {
  /** Whether the file begins with a line for Excel, such as `sep=;`. */
  hasSeparatorLine: boolean;
  /** The number of fields that most of the first lines have. */
  usualFields: number;
}

const sampleLength = 64 * 1024;
const delimiters = [',', ';', '\t', '|'];

/**
 * In a list with a single column, the share of the lines that a character must split alike to count as the
 * delimiter.
 */
const convincing = 0.95;

/**
 * The format of a file: from the options, otherwise detected.
 *
 * @throws InvalidCsvOptionError, InvalidCountError, CsvEncodingError, CsvUnreadableError
 */
export async function formatOf(file: string, options: CsvOptions): Promise<ReadFormat> {
  const checked = checkedCsvOptions(options);
  const encoding = checked.encoding ?? (await encodingOf(file));
  const sample = await linesOf(file, encoding);
  const separatorLine = /^sep=(.)$/i.exec(sample[0] ?? '');
  const lines = (separatorLine ? sample.slice(1) : sample).filter((line) => line.trim() !== '');
  const delimiter = checked.delimiter ?? separatorLine?.[1] ?? guessedDelimiter(lines, checked);
  return {
    encoding,
    delimiter,
    hasSeparatorLine: separatorLine !== null,
    usualFields: delimiter === null ? 1 : usual(lines, delimiter).fields,
  };
}

/** The first lines, without the last one, which may be incomplete. */
async function linesOf(file: string, encoding: CsvEncoding): Promise<string[]> {
  let text = '';
  for await (const chunk of textOf(bytesOf(file), encoding)) {
    text += chunk;
    if (text.length > sampleLength) break;
  }
  const lines = text.split(/\r\n|\n|\r/);
  return text.length > sampleLength && lines.length > 1 ? lines.slice(0, -1) : lines;
}

function guessedDelimiter(
  lines: readonly string[],
  { columns, header }: CheckedCsvOptions,
): string | null {
  const wanted = Object.values(columns).filter((column) => typeof column === 'string');
  if (header && wanted.length > 0) {
    const named = [...delimiters, null].find((delimiter) => {
      const names = fieldsOf(lines[0] ?? '', delimiter).map(nameOf);
      const isCut = delimiter === null || names.length > 1;
      return isCut && wanted.every((name) => names.includes(nameOf(name)));
    });
    if (named !== undefined) return named;
  }
  const [best] = delimiters
    .map((delimiter) => ({ delimiter, ...usual(lines, delimiter) }))
    .filter(({ fields }) => fields > 1)
    .sort((a, b) => b.share - a.share);
  if ('combined' in columns) {
    const isNeeded = typeof columns.combined === 'number' && columns.combined > 1;
    return best && (isNeeded || best.share >= convincing) ? best.delimiter : null;
  }
  return best?.delimiter ?? ',';
}

/** The number of fields that most lines have, and the share of those lines. */
function usual(lines: readonly string[], delimiter: string): { fields: number; share: number } {
  const counts = new Map<number, number>();
  for (const line of lines) {
    const fields = fieldsOf(line, delimiter).length;
    counts.set(fields, (counts.get(fields) ?? 0) + 1);
  }
  const [fields, count] = [...counts].sort((a, b) => b[1] - a[1])[0] ?? [1, 0];
  return { fields, share: count / Math.max(lines.length, 1) };
}

/** Splits a line into fields roughly, to count them and to read the names of columns. */
function fieldsOf(line: string, delimiter: string | null): string[] {
  if (delimiter === null) return [line];
  const fields: string[] = [];
  let field = '';
  let isQuoted = false;
  for (let place = 0; place < line.length; place++) {
    if (line[place] === '"' && (isQuoted || field.trim() === '')) {
      isQuoted = !isQuoted;
    } else if (!isQuoted && line.startsWith(delimiter, place)) {
      fields.push(field);
      field = '';
      place += delimiter.length - 1;
    } else {
      field += line[place];
    }
  }
  return [...fields, field];
}

/** The form of a column's name that is compared. */
export function nameOf(column: string): string {
  return column.replaceAll('"', '').trim().toLowerCase();
}
