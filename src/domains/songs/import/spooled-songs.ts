import { open, type FileHandle } from 'node:fs/promises';
import type { ImportProgress } from './import-options.js';
import { withSpoolFile } from './spool-file.js';
import type { SongInput } from './song-input.js';

/** The number of rows that are written to the file at once: some hundred kilobytes. */
const batchRows = 5000;

/** The number of characters from which fewer rows are written at once. */
const batchCharacters = 1024 * 1024;

/**
 * Writes the songs to a temporary file, and passes them to `work` when all have arrived. The source decides how
 * long that takes, so no connection must be held meanwhile.
 */
export function withSpooledSongs<T>(
  source: AsyncIterable<SongInput>,
  onProgress: (progress: ImportProgress) => void = () => undefined,
  work: (songs: AsyncIterable<SongInput>) => Promise<T>,
): Promise<T> {
  return withSpoolFile('songs.jsonl', async (file) => {
    const output = await open(file, 'wx', 0o600);
    try {
      await spool(source, output, onProgress);
    } finally {
      await output.close();
    }
    return await work(songsIn(file));
  });
}

async function spool(
  source: AsyncIterable<SongInput>,
  output: FileHandle,
  onProgress: (progress: ImportProgress) => void,
): Promise<void> {
  let rows = 0;
  let batch = '';
  const pass = async () => {
    await output.writeFile(batch);
    batch = '';
    onProgress({ phase: 'reading', rows });
  };
  for await (const song of source) {
    rows++;
    batch += `${lineOf(song)}\n`;
    if (rows % batchRows === 0 || batch.length > batchCharacters) await pass();
  }
  await pass();
}

/** The row as a line of JSON, without values that are neither text nor number: they name no song. */
function lineOf({ artist, title, line, refused }: SongInput): string {
  const json = JSON.stringify({ artist: plain(artist), title: plain(title), line, refused });
  // `readLines()` takes these two for the end of a line.
  return json.replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029');
}

function plain(value: unknown): unknown {
  // JSON has neither NaN nor Infinity.
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' ? value : undefined;
}

async function* songsIn(file: string): AsyncGenerator<SongInput> {
  const input = await open(file);
  try {
    for await (const line of input.readLines()) yield JSON.parse(line) as SongInput;
  } finally {
    await input.close();
  }
}
